//! Timers run from their call: `cargo run --bin three-timers-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn wait_for_breakfast() {
    // Three kitchen timers. Each is running from here on.
    let coffee = sleep(Duration::from_secs(3));
    let toast = sleep(Duration::from_secs(2));
    let eggs = sleep(Duration::from_secs(4));
    println!("Timers set");
    coffee.await;
    println!("Coffee ready!");
    toast.await; // over already: no wait at all
    println!("Toast ready!");
    eggs.await; // one second is left
    println!("Eggs ready!");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    wait_for_breakfast().await;
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "as long as the longest timer");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three timers, awaited in turn, are over with the longest.
    #[tokio::test(start_paused = true)]
    async fn three_timers_awaited_in_turn_take_four_seconds() {
        let start = Instant::now();
        wait_for_breakfast().await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// Inside an async block, each timer is set at the await: the sum.
    #[tokio::test(start_paused = true)]
    async fn three_blocks_awaited_in_turn_take_nine_seconds() {
        let start = Instant::now();
        let dish = |seconds| async move {
            sleep(Duration::from_secs(seconds)).await;
        };
        for dish in [dish(3), dish(2), dish(4)] {
            dish.await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(9));
    }
}
