//! Within a runtime, await: `cargo run --bin nested-runtime-right-way`

async fn say_hello() -> &'static str {
    println!("Hello, World!");
    "Hello, World!"
}

// Who calls asynchronous code is asynchronous, up to `main`.
async fn greet() -> &'static str {
    println!("Awaiting in the one runtime");
    say_hello().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(greet().await, "Hello, World!", "said in the one runtime");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An await within a runtime needs no second one.
    #[tokio::test(start_paused = true)]
    async fn an_await_needs_no_second_runtime() {
        assert_eq!(greet().await, "Hello, World!");
    }
}
