//! Who is asked first, join by join: `cargo run --bin poll-order-right-way`
use futures::future::join_all;
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

type Order = RefCell<Vec<u32>>;

async fn call(number: u32, due: Instant, order: &Order) {
    assert!(Instant::now() < due, "all calls begin before any is due");
    sleep_until(due).await; // one moment for all calls of a join
    order.borrow_mut().push(number);
}

fn in_one_second() -> Instant {
    Instant::now() + Duration::from_secs(1)
}

async fn tokio_join() -> Vec<u32> {
    let (due, o) = (in_one_second(), Order::default());
    tokio::join!(call(1, due, &o), call(2, due, &o), call(3, due, &o));
    o.into_inner()
}

async fn tokio_join_biased() -> Vec<u32> {
    let (due, o) = (in_one_second(), Order::default());
    tokio::join!(biased; call(1, due, &o), call(2, due, &o), call(3, due, &o));
    o.into_inner()
}

async fn futures_join() -> Vec<u32> {
    let (due, o) = (in_one_second(), Order::default());
    futures::join!(call(1, due, &o), call(2, due, &o), call(3, due, &o));
    o.into_inner()
}

async fn futures_join_all() -> Vec<u32> {
    let (due, o) = (in_one_second(), Order::default());
    join_all([1, 2, 3].map(|number| call(number, due, &o))).await;
    o.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    println!("tokio::join!          {:?}", tokio_join().await);
    println!("tokio::join! (biased) {:?}", tokio_join_biased().await);
    println!("futures::join!        {:?}", futures_join().await);
    println!("join_all              {:?}", futures_join_all().await);
    let took = start.elapsed();
    println!("Four joins took {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "one wait for each join");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tokio::join!` begins each round of polls one future further on.
    #[tokio::test(start_paused = true)]
    async fn tokio_join_rotates() {
        assert_eq!(tokio_join().await, [2, 3, 1]);
    }

    /// The other three ask in the order in which the calls were given.
    #[tokio::test(start_paused = true)]
    async fn the_others_keep_to_the_order_of_their_input() {
        assert_eq!(tokio_join_biased().await, [1, 2, 3]);
        assert_eq!(futures_join().await, [1, 2, 3]);
        assert_eq!(futures_join_all().await, [1, 2, 3]);
    }
}
