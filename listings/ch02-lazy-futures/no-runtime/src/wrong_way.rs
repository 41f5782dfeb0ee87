//! Tokio's timer without tokio: `cargo run --bin no-runtime-wrong-way`
use futures::executor::block_on;
use std::time::Duration;
use tokio::time::sleep;

async fn draw_tea() {
    println!("The tea is drawing");
    // Asks the current runtime for its timer. There is none.
    sleep(Duration::from_millis(500)).await;
    println!("The tea is ready");
}

fn main() {
    // Polls any future, but has neither timers nor sockets to offer.
    block_on(draw_tea());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokio's sleep panics where no tokio runtime is.
    #[test]
    #[should_panic(expected = "there is no reactor running")]
    fn a_sleep_without_a_runtime_panics() {
        block_on(draw_tea());
    }
}
