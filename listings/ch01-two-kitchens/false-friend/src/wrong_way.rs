//! Futures made early, run late: `cargo run --bin false-friend-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn brew_coffee() {
    println!("Brewing coffee...");
    sleep(Duration::from_secs(3)).await;
    println!("Coffee ready!");
}

async fn make_toast() {
    println!("Toasting bread...");
    sleep(Duration::from_secs(2)).await;
    println!("Toast ready!");
}

async fn fry_eggs() {
    println!("Frying eggs...");
    sleep(Duration::from_secs(4)).await;
    println!("Eggs ready!");
}

async fn make_breakfast() {
    // Three recipes on the table. Nobody cooks yet.
    let coffee = brew_coffee();
    let toast = make_toast();
    let eggs = fry_eggs();
    // Each dish starts at its own await, when the one before is done.
    coffee.await;
    toast.await;
    eggs.await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    make_breakfast().await;
    let took = start.elapsed();
    println!("Breakfast served after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 9, "the sum, though all were made first");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Futures that are made first and awaited one by one take the sum.
    #[tokio::test(start_paused = true)]
    async fn awaiting_one_by_one_takes_nine_seconds() {
        let start = Instant::now();
        make_breakfast().await;
        assert_eq!(start.elapsed(), Duration::from_secs(9));
    }
}
