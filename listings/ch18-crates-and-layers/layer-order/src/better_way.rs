//! All layers around our client: `cargo run --bin layer-order-better-way`
use futures::future::join_all;
use llm_client::{Client, Error, whole};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tower::load_shed::error::Overloaded;
use tower::retry::Policy;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

/// Asks again what may succeed later, when the server says, or soon.
#[derive(Clone)]
struct Retries(u32);

impl Policy<String, String, BoxError> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        _: &mut String,
        result: &mut Result<String, BoxError>,
    ) -> Option<Sleep> {
        // What a layer says of its own is no error of the client.
        let error = result.as_ref().err()?.downcast_ref::<Error>()?;
        if !error.is_transient() {
            return None;
        }
        self.0 = self.0.checked_sub(1)?;
        let wait = error.retry_after();
        Some(sleep(wait.unwrap_or(Duration::from_millis(500))))
    }

    fn clone_request(&mut self, prompt: &String) -> Option<String> {
        Some(prompt.clone())
    }
}

fn stack(
    client: Client,
) -> impl Service<String, Response = String, Error = BoxError, Future: Send> + Clone
{
    let seconds = Duration::from_secs;
    ServiceBuilder::new()
        .load_shed() // refuse at once what has no place …
        .concurrency_limit(2) // … among two
        .timeout(seconds(30)) // all attempts of a call
        .retry(Retries(2))
        .buffer(8) // a rate has one owner; this lets clones share it
        .rate_limit(50, seconds(1)) // each attempt counts
        .timeout(seconds(10)) // one attempt, to its last token,
        .and_then(whole) // since a stream alone is ready with its head
        .service(client)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let wait = Duration::from_secs(1);
    let refusal = Failure::RateLimited(Some(wait));
    let model = Model::new("scripted").says("Four").fails(1, refusal);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    let client = Client::new(server.base_url(), "none", "scripted")?;

    let stack = stack(client);
    println!("Five ask");
    let calls = (1..=5).map(|n| stack.clone().oneshot(format!("{n}?")));
    let answers = join_all(calls).await;
    let shed = |a: &&Result<_, BoxError>| {
        a.as_ref().is_err_and(|error| error.is::<Overloaded>())
    };
    let refused = answers.iter().filter(shed).count();
    let answered = answers.iter().flatten().count();
    let requests = llm.seen().requests;
    println!("{answered} answered, {refused} refused, {requests} requests");
    assert_eq!((answered, refused), (2, 3));
    let log = llm.seen().log;
    assert_eq!(requests, 4, "each of the two was asked twice");
    assert!(log[2].at >= log[0].at + wait, "no sooner than asked");
    Ok(())
}
