//! Trusting the order of the ends: `cargo run --bin finish-order-wrong-way`
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

async fn fetch(item: u32, arrival: Instant, done: &RefCell<Vec<u32>>) {
    sleep_until(arrival).await;
    println!("Item {item} is done");
    done.borrow_mut().push(item);
}

async fn fetch_all() -> Vec<u32> {
    let arrival = Instant::now() + Duration::from_millis(300);
    let done = RefCell::new(Vec::new());
    // Ready together, polled in an order that changes with each wake-up.
    tokio::join!(
        fetch(1, arrival, &done),
        fetch(2, arrival, &done),
        fetch(3, arrival, &done)
    );
    done.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let order = fetch_all().await;
    println!("{order:?}");
    assert_eq!(order, [2, 3, 1], "not the order in which they were written");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tokio::join!` begins each round of polls with another future.
    #[tokio::test(start_paused = true)]
    async fn fetches_ready_together_end_in_a_rotated_order() {
        assert_eq!(fetch_all().await, [2, 3, 1]);
    }
}
