//! A runtime within a runtime: `cargo run --bin nested-runtime-wrong-way`
use std::io;
use tokio::runtime::Runtime;

async fn say_hello() {
    println!("Hello, World!");
}

fn greet() -> io::Result<()> {
    println!("Starting a second runtime");
    let runtime = Runtime::new()?;
    // Would block the thread that the first runtime needs.
    runtime.block_on(say_hello());
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    greet()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A runtime refuses to block a thread that drives another one.
    #[tokio::test]
    #[should_panic(expected = "Cannot start a runtime from within a runtime")]
    async fn a_runtime_within_a_runtime_panics() {
        let _ = greet();
    }
}
