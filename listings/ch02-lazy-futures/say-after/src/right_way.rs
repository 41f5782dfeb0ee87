//! Two awaits, one after another: `cargo run --bin say-after-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn say_after(delay: Duration, message: &str) {
    sleep(delay).await;
    println!("{message}");
}

async fn say_both() {
    // The second is not even made until the first is done.
    say_after(Duration::from_secs(1), "Hello").await;
    say_after(Duration::from_secs(2), "World").await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Started");
    let start = Instant::now();
    say_both().await;
    let took = start.elapsed();
    println!("Finished after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 3, "the sum of the two delays");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One after another takes the sum of the delays.
    #[tokio::test(start_paused = true)]
    async fn hello_and_world_take_three_seconds() {
        let start = Instant::now();
        say_both().await;
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
