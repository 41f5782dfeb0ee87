//! A stop button that waits its turn: `cargo run --bin stop-button-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, PartialEq)]
enum Outcome {
    Answered(&'static str),
    Stopped,
    TooLate,
}

async fn ask(latency: Duration) -> &'static str {
    println!("Asking for a story...");
    sleep(latency).await;
    println!("Answered");
    "Once upon a time"
}

/// Ready when the user presses stop. In a program: `tokio::signal::ctrl_c()`.
async fn stop_pressed(after: Duration) {
    sleep(after).await;
    println!("Stop pressed");
}

async fn ask_or_stop(latency: Duration, patience: Duration) -> Outcome {
    let button = tokio::spawn(stop_pressed(patience));
    let answer = timeout(LIMIT, ask(latency)).await;
    // Nobody looks at the button before the call is over.
    if button.is_finished() {
        return Outcome::Stopped;
    }
    answer.map_or(Outcome::TooLate, Outcome::Answered)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (latency, patience) = (Duration::from_secs(4), Duration::from_secs(1));
    let start = Instant::now();
    let outcome = ask_or_stop(latency, patience).await;
    let took = start.elapsed();
    println!("{outcome:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(outcome, Outcome::Stopped, "but only when it was answered");
    assert_eq!(took.as_secs(), 4, "as long as the call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A button that is looked at after the call stops nothing.
    #[tokio::test(start_paused = true)]
    async fn stopping_takes_as_long_as_the_call() {
        let (call, user) = (Duration::from_secs(4), Duration::from_secs(1));
        let start = Instant::now();
        assert_eq!(ask_or_stop(call, user).await, Outcome::Stopped);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
