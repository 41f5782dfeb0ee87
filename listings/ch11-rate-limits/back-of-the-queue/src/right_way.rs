//! One place, kept: `cargo run --bin back-of-the-queue-right-way`
use std::cell::Cell;
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const TICK: Duration = Duration::from_millis(400);
const TICKS: u32 = 10;

/// Takes the only permit again and again, for half a second each time.
async fn batch_job(permits: &Semaphore, batches: &Cell<u32>) -> Infallible {
    loop {
        let _permit = permits.acquire().await.expect("never closed");
        batches.set(batches.get() + 1);
        sleep(Duration::from_millis(520)).await;
    }
}

/// Tells the user at each tick that the wait goes on, and gives up at last.
async fn user(permits: &Semaphore) -> bool {
    // Made once, so it keeps its place while the ticks go by.
    let mut place = pin!(permits.acquire());
    for _ in 0..TICKS {
        if let Ok(permit) = timeout(TICK, place.as_mut()).await {
            let _permit = permit.expect("never closed");
            println!("user served");
            return true;
        }
        println!("user waits");
    }
    false
}

/// How many batches were served, and how many users.
async fn serve() -> (u32, u32) {
    let (permits, batches) = (Semaphore::new(1), Cell::new(0));
    let served = tokio::select! {
        biased; // the batch jobs come first
        never = batch_job(&permits, &batches) => match never {},
        never = batch_job(&permits, &batches) => match never {},
        served = user(&permits) => served,
    };
    (batches.get(), served.into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (batches, users) = serve().await;
    println!("{batches} batches and {users} users served");
    assert_eq!((batches, users), (2, 1), "the user was third");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// In one place of the queue, the user is served after two batches.
    #[tokio::test(start_paused = true)]
    async fn a_place_that_is_kept_is_served() {
        let start = Instant::now();
        assert_eq!(serve().await, (2, 1));
        assert_eq!(start.elapsed(), Duration::from_millis(1040));
    }
}
