//! Every score, every failure: `cargo run --bin panicking-task-right-way`
use std::num::ParseIntError;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

type Score = Result<u32, ParseIntError>;
type Judge = (&'static str, JoinHandle<Score>);

async fn ask(model: &str, millis: u64, reply: &str) -> Score {
    println!("Asking {model}");
    sleep(Duration::from_millis(millis)).await; // the model reads the essay
    println!("{model} replied {reply}");
    reply.parse() // models do say such things: an error, not a panic
}

fn ask_judges() -> Vec<Judge> {
    vec![
        ("gpt-4", tokio::spawn(ask("gpt-4", 1000, "7"))),
        ("claude-3", tokio::spawn(ask("claude-3", 1500, "8/10"))),
        ("gemini-pro", tokio::spawn(ask("gemini-pro", 2000, "9"))),
    ]
}

async fn hear(judges: Vec<Judge>) -> (Vec<u32>, Vec<String>) {
    let (mut scores, mut failures) = (Vec::new(), Vec::new());
    for (model, judge) in judges {
        match judge.await {
            Ok(Ok(score)) => scores.push(score),
            Ok(Err(error)) => failures.push(format!("{model}: {error}")),
            // A bug in `ask`, or an abort. The paid scores are still good.
            Err(error) => failures.push(format!("{model}: {error}")),
        }
    }
    (scores, failures)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (scores, failures) = hear(ask_judges()).await;
    let took = start.elapsed();
    println!("{} scores: {scores:?}", scores.len());
    println!("{} failure: {failures:?}", failures.len());
    println!("Judged in {:.1} s", took.as_secs_f64());
    assert_eq!(scores, [7, 9], "the scores that were paid for are kept");
    assert_eq!(failures, ["claude-3: invalid digit found in string"]);
    assert_eq!(took.as_secs(), 2, "as long as the slowest judge");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply that is no number is an error, and the other scores are kept.
    #[tokio::test(start_paused = true)]
    async fn two_scores_and_the_judge_who_gave_none() {
        let start = Instant::now();
        let (scores, failures) = hear(ask_judges()).await;
        assert_eq!(scores, [7, 9]);
        assert_eq!(failures, ["claude-3: invalid digit found in string"]);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// A panic comes out of its handle, and the other scores are kept.
    #[tokio::test(start_paused = true)]
    async fn a_panic_costs_one_score() {
        let buggy = tokio::spawn(async { panic!("a bug in the judge") });
        let (scores, failures) = hear(vec![
            ("gpt-4", buggy),
            ("claude-3", tokio::spawn(ask("claude-3", 1000, "8"))),
        ])
        .await;
        assert_eq!(scores, [8]);
        assert!(failures[0].contains("a bug in the judge"));
    }
}
