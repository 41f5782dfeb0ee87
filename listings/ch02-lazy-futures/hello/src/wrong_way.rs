//! A future that nobody awaits: `cargo run --bin hello-wrong-way`
#![expect(unused_must_use, reason = "the compiler sees the mistake")]

use std::sync::atomic::{AtomicU32, Ordering};

static GREETINGS: AtomicU32 = AtomicU32::new(0);

async fn say_hello() {
    println!("Hello, World!");
    GREETINGS.fetch_add(1, Ordering::Relaxed);
}

async fn greet() -> u32 {
    // Makes a future and throws it away.
    say_hello();
    GREETINGS.load(Ordering::Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Before the greeting");
    let greetings = greet().await;
    println!("After the greeting");
    assert_eq!(greetings, 0, "nobody was greeted");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that is not awaited runs nothing of the body.
    #[tokio::test(start_paused = true)]
    async fn a_call_without_await_greets_nobody() {
        assert_eq!(greet().await, 0);
    }
}
