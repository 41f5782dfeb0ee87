//! Tokio's timer outside tokio: `cargo run --bin no-runtime-wrong-way`
use futures::executor::block_on;
use std::time::Duration;
use tokio::time::sleep;

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // needs tokio's timer: panics
    println!("Answered");
    "42".to_owned()
}

fn main() {
    // This executor polls any future, but it is not tokio's runtime.
    let answer = block_on(complete("What is 6 times 7?"));
    println!("Answer: {answer}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Outside tokio's context, a future that needs its timer panics.
    #[test]
    #[should_panic(expected = "there is no reactor running")]
    fn a_tokio_timer_outside_tokio_panics() {
        block_on(complete("What is 6 times 7?"));
    }
}
