//! A new place at each tick: `cargo run --bin back-of-the-queue-wrong-way`
use std::cell::Cell;
use std::convert::Infallible;
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
    for _ in 0..TICKS {
        // A new `acquire` queues behind both batch jobs.
        if let Ok(permit) = timeout(TICK, permits.acquire()).await {
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
    assert_eq!((batches, users), (8, 0), "never the user's turn");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Ten waits, each from the back of the queue: eight batches and no user.
    #[tokio::test(start_paused = true)]
    async fn a_wait_that_starts_again_is_never_served() {
        let start = Instant::now();
        assert_eq!(serve().await, (8, 0));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// With one competitor only, the user is served at its first end.
    #[tokio::test(start_paused = true)]
    async fn with_one_batch_job_the_user_is_served() {
        let (start, batches) = (Instant::now(), Cell::new(0));
        let permits = Semaphore::new(1);
        let served = tokio::select! {
            biased;
            never = batch_job(&permits, &batches) => match never {},
            served = user(&permits) => served,
        };
        assert!(served);
        assert_eq!(start.elapsed(), Duration::from_millis(520));
    }
}
