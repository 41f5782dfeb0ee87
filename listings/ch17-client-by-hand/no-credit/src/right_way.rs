//! What may help is asked again: `cargo run --bin no-credit-right-way`
use llm_client::{Backoff, Client, Error, Jitter, Reply, retry};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;

async fn ask(client: &Client, jitter: &Jitter) -> Result<Reply, Error> {
    let backoff = Backoff {
        base: Duration::from_millis(200),
        ..Backoff::default()
    };
    let attempt = async || {
        println!("Attempt");
        client.complete("How are you?").await
    };
    // It asks the table of errors what helps, and the provider when.
    let failed = |error: &Error, _| println!("Failed: {error}");
    retry(&backoff, jitter, attempt, failed).await
}

/// Asks a server whose first attempt fails in this way. Returns when its
/// requests came, and how it ended.
async fn requests(failure: Failure) -> (Vec<Duration>, Result<Reply, Error>) {
    let model = Model::new("scripted").says("Well.").fails(1, failure);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let client = Client::new(server.base_url(), "none", "scripted");
    // The same pauses in every run, to be shown; `random()` is for a product.
    let jitter = Jitter::seeded(17);
    let answer = ask(&client.expect("rustls is there"), &jitter).await;
    let times = llm.seen().log.iter().map(|entry| entry.at).collect();
    (times, answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (times, answer) = requests(Failure::InsufficientQuota).await;
    let error = answer.expect_err("it is scripted to refuse");
    println!("{} request: {error}", times.len());
    assert_eq!(times.len(), 1, "no waiting fills an account");

    let wait = Duration::from_secs(2);
    let (times, answer) = requests(Failure::RateLimited(Some(wait))).await;
    println!("{} requests: {}", times.len(), answer?.text);
    assert_eq!(times.len(), 2);
    assert!(times[1] >= times[0] + wait, "no sooner than it asked for");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_client::{RefusalKind, Remedy};

    /// An empty account is asked once and goes to a human; an overloaded
    /// server is asked again.
    #[tokio::test]
    async fn only_what_may_help_is_asked_again() {
        let (times, answer) = requests(Failure::InsufficientQuota).await;
        let error = answer.expect_err("it refuses");
        let kind = error.refusal().map(|refusal| refusal.kind);
        assert_eq!((times.len(), kind), (1, Some(RefusalKind::NoCredit)));
        assert_eq!(error.remedy(), Remedy::TellHuman);
        let (times, answer) = requests(Failure::Overloaded(None)).await;
        assert_eq!(
            (times.len(), answer.expect("the second").text.as_str()),
            (2, "Well.")
        );
    }

    /// The second request comes no sooner than `Retry-After` says, and an hour
    /// isn't waited for at all.
    #[tokio::test]
    async fn retry_after_is_kept_up_to_half_a_minute() {
        let wait = Duration::from_secs(1);
        let (times, _) = requests(Failure::RateLimited(Some(wait))).await;
        assert!(times[1] >= times[0] + wait);
        let hour = Duration::from_hours(1);
        let (times, answer) = requests(Failure::RateLimited(Some(hour))).await;
        assert_eq!(times.len(), 1);
        assert_eq!(answer.expect_err("too long").retry_after(), Some(hour));
    }
}
