//! A greeting that is never awaited: `cargo run --bin hello-wrong-way`
#![expect(unused_must_use, reason = "the mistake that this listing shows")]
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

static GREETINGS: AtomicUsize = AtomicUsize::new(0);

async fn say_hello() {
    println!("Hello, World!");
    GREETINGS.fetch_add(1, Ordering::Relaxed);
}

async fn welcome() {
    say_hello(); // no `.await`: makes a future and drops it
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    println!("Calling say_hello");
    welcome().await;
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(GREETINGS.load(Ordering::Relaxed), 0, "nobody was greeted");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call without an await greets nobody.
    #[tokio::test(start_paused = true)]
    async fn a_call_without_await_greets_nobody() {
        welcome().await;
        assert_eq!(GREETINGS.load(Ordering::Relaxed), 0);
    }
}
