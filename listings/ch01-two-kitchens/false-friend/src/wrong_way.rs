//! Futures made early, run late: `cargo run --bin false-friend-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn brew_coffee() -> &'static str {
    println!("Brewing coffee...");
    sleep(Duration::from_millis(1500)).await;
    println!("Coffee ready!");
    "coffee"
}

async fn make_toast() -> &'static str {
    println!("Toasting bread...");
    sleep(Duration::from_secs(1)).await;
    println!("Toast ready!");
    "toast"
}

async fn fry_eggs() -> &'static str {
    println!("Frying eggs...");
    sleep(Duration::from_secs(2)).await;
    println!("Eggs ready!");
    "eggs"
}

async fn make_breakfast() -> String {
    // Three recipes on the table. Nobody cooks yet.
    let coffee = brew_coffee();
    let toast = make_toast();
    let eggs = fry_eggs();
    // Each dish starts at its own await, when the one before is done.
    let (coffee, toast, eggs) = (coffee.await, toast.await, eggs.await);
    format!("{coffee}, {toast} and {eggs}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let breakfast = make_breakfast().await;
    let took = start.elapsed();
    println!("Served {breakfast} after {:.1} s", took.as_secs_f64());
    assert_eq!(breakfast, "coffee, toast and eggs");
    assert!((4500..5500).contains(&took.as_millis()), "still the sum");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Futures that are made first and awaited one by one take the sum.
    #[tokio::test(start_paused = true)]
    async fn awaiting_one_by_one_takes_four_and_a_half_seconds() {
        let start = Instant::now();
        make_breakfast().await;
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }
}
