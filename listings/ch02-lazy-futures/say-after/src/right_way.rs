//! One message after another: `cargo run --bin say-after-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn say_after(delay: Duration, message: &str) {
    sleep(delay).await; // nothing else to do: the runtime idles
    println!("{message}");
}

async fn greet() -> [Duration; 2] {
    let start = Instant::now();
    say_after(Duration::from_secs(1), "Hello").await;
    let hello = start.elapsed();
    // Begins only now: the await above has brought its call to an end.
    say_after(Duration::from_secs(2), "World").await;
    [hello, start.elapsed()]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Started");
    let [hello, world] = greet().await;
    println!("Finished after {:.1} s", world.as_secs_f64());
    assert_eq!(hello.as_secs(), 1, "the first delay");
    assert_eq!(world.as_secs(), 3, "the sum of the two delays");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second delay begins when the first is over.
    #[tokio::test(start_paused = true)]
    async fn hello_comes_after_one_second_and_world_after_three() {
        let expected = [Duration::from_secs(1), Duration::from_secs(3)];
        assert_eq!(greet().await, expected);
    }
}
