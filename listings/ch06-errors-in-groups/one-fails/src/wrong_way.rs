//! One error, all answers lost: `cargo run --bin one-fails-wrong-way`
use futures::future::try_join_all;
use std::time::Duration;
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

async fn ask_all() -> Result<Vec<u64>, Refused> {
    // The first error ends it all: the futures still under way are dropped,
    // and so is every answer that has come.
    try_join_all((1..=5).map(ask)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = ask_all().await;
    let took = start.elapsed();
    println!("Given up: {answers:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(answers, Err(Refused(2)), "five calls, no answer");
    assert_eq!(took.as_secs(), 2, "at the first error");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first error comes at once, and takes the answers along.
    #[tokio::test(start_paused = true)]
    async fn the_first_error_is_all_there_is() {
        let start = Instant::now();
        assert_eq!(ask_all().await, Err(Refused(2)));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
