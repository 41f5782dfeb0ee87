//! A greeting that is awaited: `cargo run --bin hello-right-way`

async fn say_hello(greeted: &mut u32) {
    println!("Hello, World!");
    *greeted += 1;
}

async fn welcome() -> u32 {
    let mut greeted = 0;
    say_hello(&mut greeted).await; // the body runs here
    greeted
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let greeted = welcome().await;
    println!("Guests greeted: {greeted}");
    assert_eq!(greeted, 1, "the body ran once");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Duration, Instant};

    /// An awaited call greets once, and takes no time.
    #[tokio::test(start_paused = true)]
    async fn an_awaited_call_greets_once_at_once() {
        let start = Instant::now();
        assert_eq!(welcome().await, 1);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
