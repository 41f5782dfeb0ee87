//! A greeting that is awaited: `cargo run --bin hello-right-way`
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

static GREETINGS: AtomicUsize = AtomicUsize::new(0);

async fn say_hello() {
    println!("Hello, World!");
    GREETINGS.fetch_add(1, Ordering::Relaxed);
}

async fn welcome() {
    say_hello().await; // the body runs here
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    println!("Calling say_hello");
    welcome().await;
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 0, "there is nothing to wait for");
    assert_eq!(GREETINGS.load(Ordering::Relaxed), 1, "greeted once");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// An awaited call greets once, and takes no time.
    #[tokio::test(start_paused = true)]
    async fn an_awaited_call_greets_once_at_once() {
        let start = Instant::now();
        welcome().await;
        assert_eq!(GREETINGS.load(Ordering::Relaxed), 1);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
