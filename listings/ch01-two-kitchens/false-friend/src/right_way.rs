//! Tasks start when spawned: `cargo run --bin false-friend-right-way`
use std::time::Duration;
use tokio::task::JoinError;
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

async fn make_breakfast() -> Result<String, JoinError> {
    // `spawn` hands each recipe to the runtime, which sees to it by itself.
    let coffee = tokio::spawn(brew_coffee());
    let toast = tokio::spawn(make_toast());
    let eggs = tokio::spawn(fry_eggs());
    // While the first await waits, all three are under way.
    let (coffee, toast, eggs) = (coffee.await?, toast.await?, eggs.await?);
    Ok(format!("{coffee}, {toast} and {eggs}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let breakfast = make_breakfast().await?;
    let took = start.elapsed();
    println!("Served {breakfast} after {:.1} s", took.as_secs_f64());
    assert_eq!(breakfast, "coffee, toast and eggs");
    assert_eq!(took.as_secs(), 2, "as long as the longest dish");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spawned tasks run while another is awaited: the longest decides.
    #[tokio::test(start_paused = true)]
    async fn spawned_dishes_take_two_seconds() {
        let start = Instant::now();
        let breakfast = make_breakfast().await.expect("no task panics");
        assert_eq!(breakfast, "coffee, toast and eggs");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
