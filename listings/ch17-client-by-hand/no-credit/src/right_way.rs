//! What may help is asked again: `cargo run --bin no-credit-right-way`
use llm_client::{Backoff, Cause, Client, Error, Jitter, Reply};
use llm_client::{Request, retry};
use llm_server::{Failure, LlmServer, Model, Script};
use std::future::Future;
use std::time::Duration;
use tokio::time::{error::Elapsed, timeout};

/// All attempts of a call, and the pauses in between.
const CALL: Duration = Duration::from_mins(1);
/// One attempt. Three of them, and two waits that the provider asks for, fit
/// into a call.
const ATTEMPT: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(5);

async fn ask(client: &Client, jitter: &Jitter) -> Result<Reply, Error> {
    let backoff = Backoff {
        base: Duration::from_millis(200),
        patience: PATIENCE,
        ..Backoff::default()
    };
    let attempt = async || {
        println!("Attempt");
        let request = Request::new("How are you?").max_tokens(100);
        within(ATTEMPT, client.complete(request)).await
    };
    // It asks the table of errors what helps, and the provider when.
    let failed = |error: &Error, _| println!("Failed: {error}");
    within(CALL, retry(&backoff, jitter, attempt, failed)).await
}

async fn within(
    limit: Duration,
    answer: impl Future<Output = Result<Reply, Error>>,
) -> Result<Reply, Error> {
    let late = |_: Elapsed| Error::head(Cause::TooSlow(limit));
    timeout(limit, answer).await.map_err(late)?
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
    #[tokio::test(start_paused = true)]
    async fn only_what_may_help_is_asked_again() {
        loopback::tick(); // or the clock leaps over what sockets carry
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

    /// The second request comes no sooner than `Retry-After` says, and what a
    /// call has no room for isn't waited for at all.
    #[tokio::test(start_paused = true)]
    async fn retry_after_is_kept_up_to_five_seconds() {
        loopback::tick();
        let wait = Duration::from_secs(1);
        let (times, _) = requests(Failure::RateLimited(Some(wait))).await;
        assert!(times[1] >= times[0] + wait);
        let long = Duration::from_secs(6);
        let (times, answer) = requests(Failure::RateLimited(Some(long))).await;
        assert_eq!(times.len(), 1);
        assert_eq!(answer.expect_err("too long").retry_after(), Some(long));
    }

    /// An attempt that hangs is given up, and all of them fit into a call.
    #[tokio::test(start_paused = true)]
    async fn a_call_has_room_for_its_attempts_and_its_waits() {
        let hangs = within(ATTEMPT, std::future::pending()).await;
        let error = hangs.expect_err("it hangs");
        assert_eq!(error.cause, Cause::TooSlow(ATTEMPT));
        let jitter = Duration::from_secs(1);
        let most = ATTEMPT * Backoff::default().attempts + PATIENCE * 2;
        assert!(most + jitter < CALL, "no limit hides another's error");
    }
}
