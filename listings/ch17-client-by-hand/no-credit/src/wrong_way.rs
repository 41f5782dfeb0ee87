//! Every 429 is asked again: `cargo run --bin no-credit-wrong-way`
use llm_client::{Client, Error};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::time::sleep;

const TRIES: u32 = 5;

async fn ask(client: &Client) -> Result<String, Error> {
    let mut tried = 1;
    loop {
        println!("Attempt {tried}");
        match client.complete("How are you?").await {
            // Both are a 429. For one of them no waiting helps.
            Err(Error::RateLimited { .. } | Error::QuotaExhausted)
                if tried < TRIES =>
            {
                sleep(Duration::from_millis(200)).await;
            }
            other => return other,
        }
        tried += 1;
    }
}

/// Asks where each attempt fails in this way. Returns how many
/// requests the server saw, and how it ended.
async fn requests(failure: Failure) -> (u64, Result<String, Error>) {
    let model = Model::new("scripted").says("Well.");
    let model = (1..=5).fold(model, |m, n| m.fails(n, failure));
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let client = Client::new(server.base_url(), "none", "scripted");
    let answer = ask(&client.expect("rustls is there")).await;
    (llm.seen().requests, answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (requests, answer) = requests(Failure::InsufficientQuota).await;
    println!("{requests} requests: {answer:?}");
    assert_eq!(requests, 5, "to learn the same five times");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty account is asked again until the attempts are used up, and
    /// two seconds that the server asks for are not waited.
    #[tokio::test]
    async fn what_the_refusal_says_is_not_read() {
        let start = tokio::time::Instant::now();
        let wait = Some(Duration::from_secs(2));
        let limited = async {
            let (times, _) = requests(Failure::RateLimited(wait)).await;
            (times, start.elapsed())
        };
        let empty = requests(Failure::InsufficientQuota);
        let ((empty, _), (limited, took)) = tokio::join!(empty, limited);
        assert_eq!((empty, limited), (5, 5));
        assert!(took >= Duration::from_millis(800));
    }
}
