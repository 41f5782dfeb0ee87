//! Each call is awaited: `cargo run --bin silent-future-right-way`
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

async fn ask_all(requests: &Cell<u32>) -> Vec<String> {
    let mut answers = Vec::new();
    for call in PROMPTS.map(|prompt| ask(prompt, requests)) {
        answers.push(call.await); // a String: only an await gives one
    }
    answers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let requests = Cell::new(0);
    let answers = ask_all(&requests).await.len();
    println!("{answers} answers to {} requests", requests.get());
    assert_eq!(answers, 2, "two texts");
    assert_eq!(requests.get(), 2, "each was asked for");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Two awaited calls send two requests, one after the other.
    #[tokio::test(start_paused = true)]
    async fn two_awaited_calls_send_two_requests_in_one_second() {
        let (start, requests) = (Instant::now(), Cell::new(0));
        assert_eq!(ask_all(&requests).await.len(), 2);
        assert_eq!(requests.get(), 2);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
