//! What may help is asked again: `cargo run --bin no-credit-right-way`
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
            Err(error) if error.is_transient() && tried < TRIES => {
                println!("Failed: {error}");
                // Where the server says how long, it knows better than we.
                let wait = error.retry_after();
                sleep(wait.unwrap_or(Duration::from_millis(200))).await;
            }
            other => return other,
        }
        tried += 1;
    }
}

/// Asks where the first attempt fails in this way. Returns when the requests
/// came to the server, and how it ended.
async fn requests(failure: Failure) -> (Vec<Duration>, Result<String, Error>) {
    let model = Model::new("scripted").says("Well.").fails(1, failure);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let client = Client::new(server.base_url(), "none", "scripted");
    let answer = ask(&client.expect("rustls is there")).await;
    (
        llm.seen().log.iter().map(|entry| entry.at).collect(),
        answer,
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (times, answer) = requests(Failure::InsufficientQuota).await;
    println!("{} request: {answer:?}", times.len());
    assert_eq!(times.len(), 1, "no waiting fills an account");

    let wait = Duration::from_secs(2);
    let (times, answer) = requests(Failure::RateLimited(Some(wait))).await;
    println!("{} requests: {answer:?}", times.len());
    assert_eq!(times.len(), 2);
    assert!(
        times[1] >= times[0] + wait,
        "as long as the server asked for"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty account is asked once, an overloaded server again.
    #[tokio::test]
    async fn only_what_may_help_is_asked_again() {
        let (times, answer) = requests(Failure::InsufficientQuota).await;
        assert_eq!((times.len(), answer), (1, Err(Error::QuotaExhausted)));
        let (times, answer) = requests(Failure::Overloaded(None)).await;
        assert_eq!((times.len(), answer), (2, Ok("Well.".into())));
    }

    /// The second request comes no sooner than `Retry-After` says.
    #[tokio::test]
    async fn the_gap_is_at_least_what_the_header_says() {
        let wait = Duration::from_secs(1);
        let (times, _) = requests(Failure::RateLimited(Some(wait))).await;
        assert!(times[1] >= times[0] + wait);
    }
}
