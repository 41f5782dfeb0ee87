//! A cook who starts all three dishes: `cargo run --bin breakfast-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn brew_coffee() -> &'static str {
    println!("Brewing coffee...");
    sleep(Duration::from_secs(3)).await; // the cook is free meanwhile
    println!("Coffee ready!");
    "coffee"
}

async fn make_toast() -> &'static str {
    println!("Toasting bread...");
    sleep(Duration::from_secs(2)).await;
    println!("Toast ready!");
    "toast"
}

async fn fry_eggs() -> &'static str {
    println!("Frying eggs...");
    sleep(Duration::from_secs(4)).await;
    println!("Eggs ready!");
    "eggs"
}

async fn make_breakfast() -> String {
    // One await for all three: each runs while the others wait.
    let (coffee, toast, eggs) =
        tokio::join!(brew_coffee(), make_toast(), fry_eggs());
    format!("{coffee}, {toast} and {eggs}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let breakfast = make_breakfast().await;
    let took = start.elapsed();
    println!("Served {breakfast} after {:.1} s", took.as_secs_f64());
    assert_eq!(breakfast, "coffee, toast and eggs");
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

    /// Each dish comes back in its own place, whichever was done first.
    #[tokio::test(start_paused = true)]
    async fn each_dish_comes_back_in_its_own_place() {
        assert_eq!(make_breakfast().await, "coffee, toast and eggs");
    }
}
