//! Greetings that no warning misses: `cargo run --bin silent-future-wrong-way`
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

static GREETINGS: AtomicUsize = AtomicUsize::new(0);

async fn say_hello(name: &str) {
    println!("Hello, {name}!");
    GREETINGS.fetch_add(1, Ordering::Relaxed);
}

async fn welcome() -> usize {
    let greetings = [say_hello("Ada"), say_hello("Grace")];
    greetings.len() // counted, and so used: the compiler is content
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let guests = welcome().await;
    println!("Welcomed {guests} guests");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(GREETINGS.load(Ordering::Relaxed), 0, "nobody was greeted");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Futures in a variable greet nobody, though there are as many as guests.
    #[tokio::test(start_paused = true)]
    async fn two_futures_in_a_variable_greet_nobody() {
        assert_eq!(welcome().await, 2);
        assert_eq!(GREETINGS.load(Ordering::Relaxed), 0);
    }
}
