//! Trusting the place of the results: `cargo run --bin finish-order-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

async fn fetch(item: u32, arrival: Instant) -> u32 {
    sleep_until(arrival).await;
    println!("Item {item} is done");
    item
}

async fn fetch_all() -> [u32; 3] {
    let arrival = Instant::now() + Duration::from_millis(300);
    // Whoever ends first: the first result is that of the first future.
    let (one, two, three) =
        tokio::join!(fetch(1, arrival), fetch(2, arrival), fetch(3, arrival));
    [one, two, three]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let results = fetch_all().await;
    println!("{results:?}");
    assert_eq!(results, [1, 2, 3], "each in its place");
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::cell::RefCell;

    /// Results stand in the place of their futures.
    #[tokio::test(start_paused = true)]
    async fn results_stand_in_the_place_of_their_futures() {
        assert_eq!(fetch_all().await, [1, 2, 3]);
    }

    async fn log(item: u32, done: &RefCell<Vec<u32>>) {
        let arrival = Instant::now() + Duration::from_millis(300);
        let item = fetch(item, arrival).await;
        done.borrow_mut().push(item);
    }

    /// With `biased;`, `tokio::join!` always polls from the first to the last.
    #[tokio::test(start_paused = true)]
    async fn a_biased_join_keeps_the_written_order() {
        let done = RefCell::new(Vec::new());
        tokio::join!(biased; log(1, &done), log(2, &done), log(3, &done));
        assert_eq!(done.into_inner(), [1, 2, 3]);
    }

    /// `futures::join!` keeps the written order.
    #[tokio::test(start_paused = true)]
    async fn the_join_of_futures_keeps_the_written_order() {
        let done = RefCell::new(Vec::new());
        futures::join!(log(1, &done), log(2, &done), log(3, &done));
        assert_eq!(done.into_inner(), [1, 2, 3]);
    }

    /// `join_all` keeps the order of its iterator.
    #[tokio::test(start_paused = true)]
    async fn join_all_keeps_the_order_of_its_iterator() {
        let done = RefCell::new(Vec::new());
        join_all([1, 2, 3].map(|item| log(item, &done))).await;
        assert_eq!(done.into_inner(), [1, 2, 3]);
    }
}
