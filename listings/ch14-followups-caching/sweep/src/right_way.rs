//! A grid, four settings at a time: `cargo run --bin sweep-right-way`
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::stream::{self, StreamExt};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
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
const AT_ONCE: usize = 4;
const LIMIT: Duration = Duration::from_secs(5); // for each call

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("400: this model does not support that effort")]
    Unsupported,
    #[error("429: too many requests")]
    Busy,
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
}

impl Failed {
    /// Whether the same setting may succeed later.
    fn is_retryable(&self) -> bool {
        match self {
            Failed::Busy | Failed::TimedOut(_) => true,
            Failed::Unsupported => false,
        }
    }
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

/// Stands for the provider, which may be busy for some calls.
#[derive(Default)]
struct Provider {
    calls: AtomicU32,
    busy: u32,
}

impl Provider {
    async fn call(&self, setting: Setting) -> Result<String, Failed> {
        let call = self.calls.fetch_add(1, Relaxed);
        let (effort, model, prompt) = setting;
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
            _ if call < self.busy => Err(Failed::Busy),
            (Effort::High, Model::Small) => Err(Failed::Unsupported),
            _ => Ok(name),
        }
    }
}

type Answers = BTreeMap<Setting, Result<String, Failed>>;

/// Whether there is an answer, or an error that no retry would change.
fn is_settled(answers: &Answers, setting: Setting) -> bool {
    match answers.get(&setting) {
        Some(Err(failed)) => !failed.is_retryable(),
        answer => answer.is_some(),
    }
}

/// Asks for each setting that isn't settled, once.
async fn round(provider: &Provider, answers: &mut Answers) {
    let open = grid().filter(|&setting| !is_settled(answers, setting));
    let open: Vec<Setting> = open.collect();
    let calls = open.into_iter().map(async |setting| {
        let answer = timeout(LIMIT, provider.call(setting)).await;
        (setting, answer.unwrap_or_else(|late| Err(late.into())))
    });
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    while let Some((setting, answer)) = calls.next().await {
        answers.insert(setting, answer); // a failed one with its error
        let effort = setting.0;
        let mut row = grid().filter(|other| other.0 == effort);
        if row.all(|setting| is_settled(answers, setting)) {
            println!("{effort:?} complete");
        }
    }
}

/// Up to three rounds: a 429 or a timeout need not stay. `answers` is the
/// caller's, so that what is paid for is there even if this is dropped.
async fn sweep(provider: &Provider, answers: &mut Answers) {
    let plan = ExponentialBuilder::default()
        .with_jitter()
        .with_max_times(2);
    let mut pauses = plan.build();
    loop {
        round(provider, answers).await;
        if grid().all(|setting| is_settled(answers, setting)) {
            return;
        }
        // Between two rounds, so no place is held meanwhile. If a 429 comes
        // with `Retry-After`, wait at least that long: see chapter 12.
        let Some(pause) = pauses.next() else { return };
        sleep(pause).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, mut answers) = (Instant::now(), Answers::new());
    sweep(&Provider::default(), &mut answers).await;
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
        let (start, mut answers) = (Instant::now(), Answers::new());
        sweep(&Provider::default(), &mut answers).await;
        assert_eq!(start.elapsed(), Duration::from_millis(1515));
        let hole = (Effort::High, Model::Small, Prompt::Plain);
        assert_eq!(answers[&hole], Err(Failed::Unsupported));
        let last = (Effort::High, Model::Large, Prompt::Steps);
        assert_eq!(answers[&last].as_deref(), Ok("High Large Steps"));
    }

    /// Six calls are refused for now: their settings are asked once more, and
    /// no others. What a model can't do is not asked twice.
    #[tokio::test(start_paused = true)]
    async fn a_busy_provider_leaves_no_hole() {
        let (calls, busy, mut answers) = (AtomicU32::new(0), 6, Answers::new());
        let provider = Provider { calls, busy };
        sweep(&provider, &mut answers).await;
        assert_eq!(answers.values().flatten().count(), 10);
        assert_eq!(provider.calls.into_inner(), 18);
    }

    /// A provider that stays busy is asked in three rounds.
    #[tokio::test(start_paused = true)]
    async fn a_provider_that_stays_busy_is_given_up() {
        let (calls, busy) = (AtomicU32::new(0), u32::MAX);
        let (provider, mut answers) =
            (Provider { calls, busy }, Answers::new());
        sweep(&provider, &mut answers).await;
        assert!(answers.values().all(|answer| answer == &Err(Failed::Busy)));
        assert_eq!(provider.calls.into_inner(), 36);
    }

    /// A caller that gives up at 0.6 s keeps the four answers of that time.
    #[tokio::test(start_paused = true)]
    async fn what_was_answered_survives_a_deadline() {
        let (provider, mut answers) = (Provider::default(), Answers::new());
        let sweep = sweep(&provider, &mut answers);
        let end = timeout(Duration::from_millis(600), sweep).await;
        end.expect_err("it takes 1.5 s");
        assert_eq!(answers.values().flatten().count(), 4);
    }
}
