//! A runtime built by hand: `cargo run --bin no-runtime-right-way`
use std::io;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // the runtime's timer
    println!("Answered");
    "42".to_owned()
}

fn main() -> io::Result<()> {
    let start = Instant::now();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // The one place where synchronous code waits for asynchronous code.
    let answer = runtime.block_on(complete("What is 6 times 7?"));
    println!("Answer: {answer}");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "one call");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A runtime with its timer on drives the call to its answer.
    #[test]
    fn a_runtime_built_by_hand_answers_after_one_second() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build();
        runtime.expect("a runtime can be built").block_on(async {
            let start = Instant::now();
            assert_eq!(complete("What is 6 times 7?").await, "42");
            assert_eq!(start.elapsed(), Duration::from_secs(1));
        });
    }
}
