//! A call, a stop button and a limit: `cargo run --bin stop-button-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

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
    // Waits for all three at once. The first to be ready drops the others.
    tokio::select! {
        answer = ask(latency) => Outcome::Answered(answer),
        () = stop_pressed(patience) => Outcome::Stopped,
        () = sleep(LIMIT) => Outcome::TooLate,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (latency, patience) = (Duration::from_secs(4), Duration::from_secs(1));
    let start = Instant::now();
    let outcome = ask_or_stop(latency, patience).await;
    let took = start.elapsed();
    println!("{outcome:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(outcome, Outcome::Stopped, "the user pressed stop");
    assert_eq!(took.as_secs(), 1, "as soon as stop was pressed");
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(latency: u64, patience: u64) -> (Outcome, u64) {
        let start = Instant::now();
        let [latency, patience] = [latency, patience].map(Duration::from_secs);
        let outcome = ask_or_stop(latency, patience).await;
        (outcome, start.elapsed().as_secs())
    }

    /// Whichever is ready first decides, and at once.
    #[tokio::test(start_paused = true)]
    async fn the_first_to_be_ready_decides() {
        assert_eq!(outcome(4, 1).await, (Outcome::Stopped, 1));
        let story = Outcome::Answered("Once upon a time");
        assert_eq!(outcome(4, 9).await, (story, 4));
        assert_eq!(outcome(8, 9).await, (Outcome::TooLate, 5));
    }

    /// A future that you lend to `select!` isn't dropped, and can go on.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_lent_goes_on() {
        let start = Instant::now();
        let mut call = std::pin::pin!(ask(Duration::from_secs(4)));
        tokio::select! {
            _ = &mut call => panic!("it takes four seconds"),
            () = sleep(Duration::from_secs(1)) => {}
        }
        call.await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
