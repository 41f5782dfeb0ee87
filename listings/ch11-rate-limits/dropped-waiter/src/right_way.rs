//! A token when its time has come: `cargo run --bin dropped-waiter-right-way`
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout};

const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_millis(300);

/// Holds one token, and knows when the next is to be given out.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self) {
        // A lock to be held while waiting: the next in the queue may wait here.
        let mut next = self.0.lock().await;
        let ready = Instant::now().max(*next);
        sleep_until(ready).await;
        // Nothing was taken so far. From here on nothing can interrupt us. If
        // we woke late, the next token comes a second after this one all the
        // same: the bucket was full, and holds no more than one.
        *next = Instant::now() + EVERY;
    }
}

async fn serve(bucket: &Bucket) {
    bucket.take().await;
    println!("user 0 served");
    for user in 1..=3 {
        println!("user {user} waits");
        let taken = timeout(PATIENCE, bucket.take()).await;
        taken.expect_err("no token comes so soon");
        println!("user {user} gave up");
    }
    println!("user 4 waits");
    bucket.take().await;
    println!("user 4 served");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    serve(&Bucket(Mutex::new(start))).await;
    assert_eq!(
        start.elapsed().as_secs(),
        1,
        "the second token, for the one who is there"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    /// A user who gives up has taken nothing: the next token comes after 1 s.
    #[tokio::test(start_paused = true)]
    async fn who_gives_up_has_taken_nothing() {
        let start = Instant::now();
        serve(&Bucket(Mutex::new(start))).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// A token taken late, at 1.5 s, and the next a whole second after it.
    #[tokio::test(start_paused = true)]
    async fn the_next_token_comes_a_second_after_a_late_one() {
        let start = Instant::now();
        let bucket = Bucket(Mutex::new(start));
        bucket.take().await;
        let late = advance(Duration::from_millis(1500));
        tokio::join!(biased; bucket.take(), late);
        bucket.take().await;
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
    }
}
