//! Every 429 is asked again: `cargo run --bin no-credit-wrong-way`
use llm_client::{Client, Error, Reply};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::time::sleep;

const TRIES: u32 = 5;

async fn ask(client: &Client) -> Result<Reply, Error> {
    let mut tried = 1;
    loop {
        println!("Attempt {tried}");
        match client.complete("How are you?").await {
            // No credit is a 429, too. No pause of ours fills an account.
            Err(error) if status(&error) == Some(429) && tried < TRIES => {
                sleep(Duration::from_millis(200)).await;
            }
            other => return other,
        }
        tried += 1;
    }
}

fn status(error: &Error) -> Option<u16> {
    error.refusal()?.status
}

/// Asks a server whose every attempt fails in this way. Returns how many
/// requests it saw, and why there is no answer.
async fn requests(failure: Failure) -> (u64, Error) {
    let model = Model::new("scripted").says("Well.");
    let model = (1..=5).fold(model, |m, n| m.fails(n, failure));
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let client = Client::new(server.base_url(), "none", "scripted");
    let answer = ask(&client.expect("rustls is there")).await;
    (llm.seen().requests, answer.expect_err("it always fails"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (requests, error) = requests(Failure::InsufficientQuota).await;
    println!("{requests} requests: {error}");
    assert_eq!(requests, 5, "to learn the same five times");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty account is asked five times, and so is a server that wants to
    /// be left alone for ten seconds: within two.
    #[tokio::test(start_paused = true)]
    async fn what_the_refusal_says_is_not_read() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let start = tokio::time::Instant::now();
        let wait = Some(Duration::from_secs(10));
        let empty = requests(Failure::InsufficientQuota);
        let limited = requests(Failure::RateLimited(wait));
        let ((empty, _), (limited, _)) = tokio::join!(empty, limited);
        assert_eq!((empty, limited), (5, 5));
        assert!(start.elapsed() >= Duration::from_millis(800));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
