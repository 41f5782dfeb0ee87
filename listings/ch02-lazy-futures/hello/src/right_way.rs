//! A future that is awaited: `cargo run --bin hello-right-way`

async fn say_hello() -> &'static str {
    println!("Hello, World!");
    "Hello, World!"
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Before the greeting");
    // `.await` polls the future, and that runs the body.
    let said = say_hello().await;
    println!("After the greeting");
    assert_eq!(said, "Hello, World!", "the body ran, and returned");
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// An awaited future runs its body and returns its value.
    #[tokio::test(start_paused = true)]
    async fn an_awaited_future_runs() {
        assert_eq!(say_hello().await, "Hello, World!");
    }

    /// A body that never pauses is done at its first poll.
    #[test]
    fn it_is_done_at_its_first_poll() {
        assert_eq!(say_hello().now_or_never(), Some("Hello, World!"));
    }
}
