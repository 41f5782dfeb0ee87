//! A kettle that whistles: `cargo run --bin kettle-right-way`
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn boil() -> usize {
    println!("Kettle on");
    let mut boiling = pin!(sleep(Duration::from_millis(500)));
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        println!("Poll {polls}");
        boiling.as_mut().poll(cx) // pending: the timer keeps our waker
    })
    .await; // idle until the timer wakes this task
    println!("Kettle boils");
    polls
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let polls = boil().await;
    let took = start.elapsed();
    println!("Tea after {:.1} s", took.as_secs_f64());
    assert_eq!(polls, 2, "once to start, once when woken");
    assert!((500..1500).contains(&took.as_millis()), "its own time");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A timer is polled when it starts and when it ends, and not between.
    #[tokio::test(start_paused = true)]
    async fn a_wait_of_500_ms_is_polled_twice() {
        let start = Instant::now();
        assert_eq!(boil().await, 2);
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }
}
