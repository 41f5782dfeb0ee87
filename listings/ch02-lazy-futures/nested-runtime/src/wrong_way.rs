//! A runtime inside a runtime: `cargo run --bin nested-runtime-wrong-way`
use std::io;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::sleep;

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_millis(500)).await; // the network's part
    println!("Answered");
    "42".to_owned()
}

fn complete_blocking(prompt: &str) -> io::Result<String> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(complete(prompt))) // panics if called in async code
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    println!("Calling complete_blocking");
    let answer = complete_blocking("What is 6 times 7?")?;
    println!("Answer: {answer}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocking on a future inside a runtime panics.
    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "Cannot start a runtime from within a runtime")]
    async fn blocking_on_a_future_inside_a_runtime_panics() {
        let _ = complete_blocking("What is 6 times 7?");
    }

    /// The same function serves where no runtime is running.
    #[test]
    fn blocking_on_a_future_outside_any_runtime_answers() {
        let start = std::time::Instant::now();
        let answer = complete_blocking("What is 6 times 7?");
        assert!(start.elapsed() >= Duration::from_millis(500));
        assert_eq!(answer.expect("a runtime can be built"), "42");
    }
}
