//! A kettle that whistles: `cargo run --bin kettle-right-way`
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn boil() -> u64 {
    println!("Kettle on");
    let mut boiling = pin!(sleep(Duration::from_millis(500)));
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        println!("Poll {polls}");
        // If it is pending, the timer has kept the waker: nobody need look.
        boiling.as_mut().poll(cx)
    })
    .await;
    println!("Kettle boils");
    polls
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let polls = boil().await;
    let took = start.elapsed().as_secs_f64();
    println!("Tea after {took:.1} s");
    assert_eq!(polls, 2, "once to begin, once when it whistles");
    assert!((0.5..1.5).contains(&took), "as long as it takes");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A timer is polled when it begins and when it ends, and not between.
    #[tokio::test(start_paused = true)]
    async fn a_kettle_is_looked_at_twice() {
        let start = Instant::now();
        assert_eq!(boil().await, 2);
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }
}
