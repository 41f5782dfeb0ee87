//! Each greeting is awaited: `cargo run --bin silent-future-right-way`
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

static GREETINGS: AtomicUsize = AtomicUsize::new(0);

async fn say_hello(name: &str) {
    println!("Hello, {name}!");
    GREETINGS.fetch_add(1, Ordering::Relaxed);
}

async fn welcome() -> usize {
    let greetings = [say_hello("Ada"), say_hello("Grace")];
    let guests = greetings.len();
    for greeting in greetings {
        greeting.await; // a future in a variable runs when it is awaited
    }
    guests
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let guests = welcome().await;
    println!("Welcomed {guests} guests");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(
        GREETINGS.load(Ordering::Relaxed),
        guests,
        "each was greeted"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each awaited future greets its guest.
    #[tokio::test(start_paused = true)]
    async fn two_awaited_futures_greet_two_guests() {
        assert_eq!(welcome().await, 2);
        assert_eq!(GREETINGS.load(Ordering::Relaxed), 2);
    }
}
