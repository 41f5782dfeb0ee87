//! A `?` that sees no error: `cargo run --bin never-fails-fast-wrong-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct Refused(u64);

/// Call number `n` takes `n` seconds. The second is refused.
async fn ask(n: u64) -> Result<u64, Refused> {
    println!("Call {n} asked");
    sleep(Duration::from_secs(n)).await;
    if n == 2 {
        println!("Call {n} failed");
        return Err(Refused(n));
    }
    println!("Call {n} answered");
    Ok(n)
}

type Answer = Result<u64, Refused>;

async fn ask_both() -> Result<(Answer, Answer), JoinError> {
    // Stops at the first error of a handle. A refusal isn't one: the task
    // ended as it should, and its `Err` is what the handle gives.
    tokio::try_join!(tokio::spawn(ask(2)), tokio::spawn(ask(4)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let both = ask_both().await;
    let took = start.elapsed();
    if both.is_ok() {
        println!("All went well after {:.1} s", took.as_secs_f64());
    }
    let both = both.expect("no task panics");
    assert_eq!(both, (Err(Refused(2)), Ok(4)), "an Err in an Ok");
    assert_eq!(took.as_secs(), 4, "as long as the slower call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refusal comes out as a success, when the slower call is done.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_stops_nothing() -> Result<(), JoinError> {
        let start = Instant::now();
        assert_eq!(ask_both().await?, (Err(Refused(2)), Ok(4)));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        Ok(())
    }
}
