//! A grid, four settings at a time: `cargo run --bin sweep-right-way`
use futures::stream::{self, StreamExt};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, error::Elapsed, sleep, timeout};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[rustfmt::skip]
enum Effort { Low, Medium, High }

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[rustfmt::skip]
enum Model { Large, Small }

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[rustfmt::skip]
enum Prompt { Plain, Steps }

const EFFORTS: [Effort; 3] = [Effort::Low, Effort::Medium, Effort::High];
const MODELS: [Model; 2] = [Model::Large, Model::Small];
const PROMPTS: [Prompt; 2] = [Prompt::Plain, Prompt::Steps];

/// All that this sweep varies: a key that can be compared.
type Setting = (Effort, Model, Prompt);
const ROW: usize = MODELS.len() * PROMPTS.len();
const AT_ONCE: usize = 4;
const LIMIT: Duration = Duration::from_secs(5); // for each call

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("400: this model does not support that effort")]
    Unsupported,
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
}

/// Each effort with each model and each prompt.
fn grid() -> impl Iterator<Item = Setting> {
    EFFORTS.into_iter().flat_map(|effort| {
        let models = MODELS
            .into_iter()
            .flat_map(|model| PROMPTS.map(|prompt| (model, prompt)));
        models.map(move |(model, prompt)| (effort, model, prompt))
    })
}

async fn call((effort, model, prompt): Setting) -> Result<String, Failed> {
    let name = format!("{effort:?} {model:?} {prompt:?}");
    println!("Asking {name}");
    let column = 2 * model as usize + prompt as usize;
    let ms = match effort {
        Effort::Low => [270, 290, 310, 330],
        Effort::Medium => [500; 4],
        Effort::High => [745, 715, 200, 200],
    };
    sleep(Duration::from_millis(ms[column])).await;
    match (effort, model) {
        (Effort::High, Model::Small) => Err(Failed::Unsupported),
        _ => Ok(name),
    }
}

type Answers = BTreeMap<Setting, Result<String, Failed>>;

async fn sweep() -> Answers {
    let calls = grid().map(|setting| async move {
        let answer = timeout(LIMIT, call(setting)).await;
        (setting, answer.unwrap_or_else(|late| Err(late.into())))
    });
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    let mut answers = Answers::new();
    while let Some((setting, answer)) = calls.next().await {
        answers.insert(setting, answer); // and a hole says why it is one
        let effort = setting.0;
        if answers.keys().filter(|other| other.0 == effort).count() == ROW {
            println!("{effort:?} complete");
        }
    }
    answers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = sweep().await;
    let answered = answers.values().flatten().count();
    println!("{answered} answers of {}", answers.len());
    assert_eq!((answered, answers.len()), (10, 12));
    assert!(start.elapsed() < Duration::from_secs(3), "four at a time");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four at a time, 5.06 s of latency are over in 1.515 s.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_four_at_a_time_take_the_slowest_lane() {
        let start = Instant::now();
        let answers = sweep().await;
        assert_eq!(start.elapsed(), Duration::from_millis(1515));
        let hole = (Effort::High, Model::Small, Prompt::Plain);
        assert_eq!(answers[&hole], Err(Failed::Unsupported));
        let last = (Effort::High, Model::Large, Prompt::Steps);
        assert_eq!(answers[&last].as_deref(), Ok("High Large Steps"));
    }
}
