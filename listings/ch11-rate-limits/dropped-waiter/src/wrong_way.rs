//! Tokens for users who left: `cargo run --bin dropped-waiter-wrong-way`
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_millis(300);

/// Holds one token, and knows when the next is to be given out.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self) {
        sleep_until(self.reserve()).await;
    }

    /// Takes the next token for the caller, who must wait for it.
    fn reserve(&self) -> Instant {
        let mut next = self.0.lock().expect("nobody panics under it");
        let ready = Instant::now().max(*next);
        *next = ready + EVERY;
        ready
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
    assert_eq!(start.elapsed().as_secs(), 4, "three tokens for nobody");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three who gave up have taken a token each: the fourth waits for 4 s.
    #[tokio::test(start_paused = true)]
    async fn who_gives_up_has_taken_a_token() {
        let start = Instant::now();
        serve(&Bucket(Mutex::new(start))).await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
