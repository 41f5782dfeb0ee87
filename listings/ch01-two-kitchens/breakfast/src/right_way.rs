//! A cook who puts all on the stove: `cargo run --bin breakfast-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn brew_coffee() {
    println!("Brewing coffee...");
    sleep(Duration::from_secs(3)).await; // the cook is free meanwhile
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
    // One await for all three: each runs while the others wait.
    tokio::join!(brew_coffee(), make_toast(), fry_eggs());
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    make_breakfast().await;
    let took = start.elapsed();
    println!("Breakfast served after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "as long as the longest dish");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three dishes at once take as long as the longest.
    #[tokio::test(start_paused = true)]
    async fn three_dishes_at_once_take_four_seconds() {
        let start = Instant::now();
        make_breakfast().await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
