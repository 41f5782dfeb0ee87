//! Calls that no warning misses: `cargo run --bin silent-future-wrong-way`
use std::cell::Cell;
use std::time::Duration;
use tokio::time::sleep;

const PROMPTS: [&str; 2] = ["What is a future?", "What is a task?"];

async fn ask(prompt: &str, requests: &Cell<u32>) -> String {
    println!("Asking: {prompt}");
    requests.set(requests.get() + 1);
    sleep(Duration::from_millis(500)).await; // the model's part
    format!("{prompt} It depends.")
}

async fn ask_all(requests: &Cell<u32>) -> usize {
    let answers = PROMPTS.map(|prompt| ask(prompt, requests));
    answers.len() // counted, and so used: the compiler is content
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let requests = Cell::new(0);
    let answers = ask_all(&requests).await;
    println!("{answers} answers to {} requests", requests.get());
    assert_eq!(answers, 2, "two futures");
    assert_eq!(requests.get(), 0, "nothing was asked");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two futures are counted as answers, and no request is sent.
    #[tokio::test(start_paused = true)]
    async fn two_futures_that_are_counted_ask_nothing() {
        let requests = Cell::new(0);
        assert_eq!(ask_all(&requests).await, 2);
        assert_eq!(requests.get(), 0);
    }
}
