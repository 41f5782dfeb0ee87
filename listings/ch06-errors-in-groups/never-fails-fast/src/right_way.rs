//! Join the calls, not handles: `cargo run --bin never-fails-fast-right-way`
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

async fn ask_both() -> Result<(u64, u64), Refused> {
    // No tasks: the error is the future's own, and ends the other call too.
    tokio::try_join!(ask(2), ask(4))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let both = ask_both().await;
    let took = start.elapsed();
    match &both {
        Ok(answers) => println!("All went well: {answers:?}"),
        Err(error) => println!("Stopped: {error:?}"),
    }
    println!("Ended after {:.1} s", took.as_secs_f64());
    assert_eq!(both, Err(Refused(2)), "the refusal is an error");
    assert_eq!(took.as_secs(), 2, "when the first call fails");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refusal is the error of the group, and comes at once.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_stops_the_group() {
        let start = Instant::now();
        assert_eq!(ask_both().await, Err(Refused(2)));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
