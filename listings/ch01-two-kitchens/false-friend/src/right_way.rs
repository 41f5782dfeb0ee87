//! Tasks start when spawned: `cargo run --bin false-friend-right-way`
use std::time::Duration;
use tokio::task::JoinError;
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

async fn make_breakfast() -> Result<(), JoinError> {
    // `spawn` hands each recipe to the runtime, which cooks it by itself.
    let coffee = tokio::spawn(brew_coffee());
    let toast = tokio::spawn(make_toast());
    let eggs = tokio::spawn(fry_eggs());
    // All three are under way by the first await; it gives them the thread.
    coffee.await?;
    toast.await?;
    eggs.await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    make_breakfast().await?;
    let took = start.elapsed();
    println!("Breakfast served after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "as long as the longest dish");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spawned tasks run while another is awaited: the longest decides.
    #[tokio::test(start_paused = true)]
    async fn spawned_dishes_take_four_seconds() {
        let start = Instant::now();
        make_breakfast().await.expect("no task panics");
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
