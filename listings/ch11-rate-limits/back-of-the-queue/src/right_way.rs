//! One place, kept: `cargo run --bin back-of-the-queue-right-way`
use std::cell::Cell;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const TICK: Duration = Duration::from_millis(400);
/// How long the user waits, however long the messages take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Takes the only permit again and again, for about half a second.
async fn batch_job(permits: &Semaphore, batches: &Cell<u32>) -> Infallible {
    loop {
        let _permit = permits.acquire().await.expect("never closed");
        batches.set(batches.get() + 1);
        sleep(Duration::from_millis(520)).await;
    }
}

/// Tells the user at each tick that the wait goes on.
async fn signs_of_life(network: Duration) -> Infallible {
    loop {
        sleep(TICK).await;
        println!("user waits");
        sleep(network).await; // the message may take its time
    }
}

async fn user(permits: &Semaphore, network: Duration) -> bool {
    // Made once, so it keeps its place. And polled whatever the messages do:
    // a place that nobody polls is served, and holds its permit for nothing.
    tokio::select! {
        permit = timeout(PATIENCE, permits.acquire()) => {
            let Ok(permit) = permit else {
                println!("user gave up");
                return false;
            };
            let _permit = permit.expect("never closed");
            println!("user served");
            true
        }
        never = signs_of_life(network) => match never {},
    }
}

/// How many batches were served, and how many users.
async fn serve(network: Duration) -> (u32, u32) {
    let (permits, batches) = (Semaphore::new(1), Cell::new(0));
    let served = tokio::select! {
        biased; // the batch jobs come first
        never = batch_job(&permits, &batches) => match never {},
        never = batch_job(&permits, &batches) => match never {},
        served = user(&permits, network) => served,
    };
    (batches.get(), served.into())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (batches, users) = serve(Duration::ZERO).await;
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
        assert_eq!(serve(Duration::ZERO).await, (2, 1));
        assert_eq!(start.elapsed(), Duration::from_millis(1040));
    }

    /// While a message takes three seconds, the user is served as soon.
    #[tokio::test(start_paused = true)]
    async fn a_slow_message_doesn_t_park_the_place() {
        let start = Instant::now();
        assert_eq!(serve(Duration::from_secs(3)).await, (2, 1));
        assert_eq!(start.elapsed(), Duration::from_millis(1040));
    }

    /// No permit ever comes, and a message takes an hour: it is over after 4 s.
    #[tokio::test(start_paused = true)]
    async fn the_wait_has_a_limit_whatever_the_messages_do() {
        let (start, permits) = (Instant::now(), Semaphore::new(0));
        let user = user(&permits, Duration::from_hours(1));
        let day = Duration::from_hours(24);
        assert_eq!(timeout(day, user).await, Ok(false));
        assert_eq!(start.elapsed(), PATIENCE);
    }
}
