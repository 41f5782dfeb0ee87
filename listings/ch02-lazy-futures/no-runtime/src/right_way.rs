//! What `#[tokio::main]` writes for you: `cargo run --bin no-runtime-right-way`
use std::io;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

async fn draw_tea() {
    println!("The tea is drawing");
    sleep(Duration::from_millis(500)).await;
    println!("The tea is ready");
}

/// One thread, with timers and sockets.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn main() -> io::Result<()> {
    let start = Instant::now();
    // The one place where synchronous code waits for asynchronous code.
    runtime()?.block_on(draw_tea());
    let took = start.elapsed();
    println!("Served after {:.1} s", took.as_secs_f64());
    assert!(
        (0.5..1.5).contains(&took.as_secs_f64()),
        "as long as it draws"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In tokio's runtime a sleep takes its time.
    #[tokio::test(start_paused = true)]
    async fn the_tea_draws_for_half_a_second() {
        let start = Instant::now();
        draw_tea().await;
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }
}
