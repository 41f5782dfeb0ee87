//! All layers around our client: `cargo run --bin layer-order-better-way`
use futures::future::join_all;
use llm_client::{Answer, Backoff, Cause, Client, Error, Jitter};
use llm_client::{Reply, Request, whole};
use llm_server::{Failure, LlmServer, Model, Script};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

const ATTEMPT: Duration = Duration::from_secs(1);
const CALL: Duration = Duration::from_secs(8);
/// Three attempts and two such waits fit into a call. A longer `Retry-After`
/// is passed on at once: slept on, it would end as a time-out.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks again what the table of errors says. Each call has its own clone, so
/// each counts its own failures; all share the jitter.
#[derive(Clone)]
struct Retries {
    failures: u32,
    backoff: Backoff,
    jitter: Arc<Jitter>,
}

impl tower::retry::Policy<Request, Reply, BoxError> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        _: &mut Request,
        result: &mut Result<Reply, BoxError>,
    ) -> Option<Sleep> {
        let error = in_our_words(result.as_ref().err()?)?;
        let pause = self.backoff.pause(self.failures, &error, &self.jitter)?;
        self.failures += 1;
        Some(sleep(pause))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

/// An attempt that took too long ends with tower's error, not with one of the
/// client: without this it would never be asked again.
fn in_our_words(error: &BoxError) -> Option<Error> {
    if error.is::<Elapsed>() {
        return Some(Error::head(Cause::TooSlow(ATTEMPT)));
    }
    error.downcast_ref::<Error>().cloned()
}

fn stack<S>(
    client: S,
    jitter: Jitter,
) -> impl Service<Request, Response = Reply, Error = BoxError, Future: Send>
+ Clone
+ Send
+ 'static
where
    S: Service<Request, Response = Answer, Error = Error> + Send + 'static,
    S::Future: Send + 'static,
{
    let backoff = Backoff {
        base: Duration::from_millis(100),
        patience: PATIENCE,
        ..Backoff::default()
    };
    let retries = Retries {
        failures: 0,
        backoff,
        jitter: Arc::new(jitter),
    };
    ServiceBuilder::new()
        .load_shed() // refuse at once what has no place …
        .timeout(CALL) // all attempts of a call
        .retry(retries)
        .concurrency_limit(2) // … among two, given back before each pause
        .buffer(8) // a rate has one owner; this lets clones share it
        .rate_limit(50, Duration::from_secs(1)) // each attempt counts
        .timeout(ATTEMPT) // one attempt, to its last token,
        .and_then(whole) // since a call alone ends with its first
        .service(client)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let wait = Duration::from_secs(1);
    let model = Model::new("scripted")
        .says("Four")
        .slow(1, Duration::from_mins(1))
        .fails(2, Failure::RateLimited(Some(wait)));
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    let client = Client::new(server.base_url(), "none", "scripted")?;

    // The same pauses in every run, to be shown; `random()` is for a product.
    let stack = stack(client, Jitter::seeded(535));
    println!("Five ask");
    let ask = |n| {
        let request = Request::new(format!("{n}?")).max_tokens(20);
        stack.clone().oneshot(request) // dropped once it is shed
    };
    let answers = join_all((1..=5).map(ask)).await;
    let answered = answers.iter().flatten().count();
    let errors = answers.iter().filter_map(|answer| answer.as_ref().err());
    let shed = errors.filter(|error| error.is::<Overloaded>()).count();
    let requests = llm.seen().requests;
    println!("{answered} answered, {shed} shed, {requests} requests");
    assert_eq!((answered, shed), (2, 3));
    assert_eq!(requests, 6, "one hangs, one is refused, one is answered");
    let log = llm.seen().log;
    assert!(log[2].at >= log[0].at + ATTEMPT, "no sooner than its limit");
    assert!(log[4].at >= log[2].at + wait, "no sooner than asked");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use llm_client::{Limits, Refusal, pieces};
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::time::Instant;
    use tower::service_fn;

    const BODY: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Four\"},\
                        \"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    fn four() -> Answer {
        let body = stream::iter([Ok::<_, Infallible>(BODY)]);
        pieces(body, Limits::default())
    }

    /// A model whose first attempts hang, so many of them.
    async fn ask(hanging: usize) -> (Result<Reply, BoxError>, usize) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let model = service_fn(move |_: Request| {
            let hangs = counter.fetch_add(1, Relaxed) < hanging;
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Ok(four())
            }
        });
        let answer = stack(model, Jitter::random());
        (answer.oneshot("?".into()).await, asked.load(Relaxed))
    }

    /// An attempt that hangs is given up after a second, and asked again.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_hangs_is_asked_again() {
        let start = Instant::now();
        let (answer, asked) = ask(1).await;
        assert_eq!(answer.expect("the second is answered").text, "Four");
        assert_eq!(asked, 2);
        let took = start.elapsed();
        // The pause is a share of 100 ms.
        assert!(
            (ATTEMPT..ATTEMPT + Duration::from_millis(101)).contains(&took)
        );
    }

    /// Where all attempts hang, there are two and no more: both may be paid.
    #[tokio::test(start_paused = true)]
    async fn two_attempts_that_hang_are_enough() {
        let start = Instant::now();
        let (answer, asked) = ask(9).await;
        assert!(answer.expect_err("all hang").is::<Elapsed>());
        assert_eq!(asked, 2);
        assert!(start.elapsed() >= 2 * ATTEMPT && start.elapsed() < CALL);
    }

    /// A model that says 429, and how long to stay away.
    fn busy(seconds: u64) -> Error {
        let wait = HeaderMap::from_iter([(RETRY_AFTER, seconds.into())]);
        let status = StatusCode::TOO_MANY_REQUESTS;
        Error::head(Refusal::of(status, &wait, b"").into())
    }

    /// A wait that no call has room for is the caller's to know, at once.
    #[tokio::test(start_paused = true)]
    async fn a_retry_after_of_20_seconds_is_passed_on_at_once() {
        let model = service_fn(async |_: Request| Err(busy(20)));
        let start = Instant::now();
        let answer = stack(model, Jitter::random()).oneshot("?".into()).await;
        let error = answer.expect_err("it is busy");
        let error = error.downcast_ref::<Error>().expect("the provider's");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    /// Two that wait to ask again hold no place: a third is answered at once.
    #[tokio::test(start_paused = true)]
    async fn no_place_is_held_during_a_pause() {
        let model = service_fn(async |request: Request| {
            if request == Request::new("busy") {
                return Err(busy(2));
            }
            Ok(four())
        });
        let stack = stack(model, Jitter::random());
        let start = Instant::now();
        for _ in 0..2 {
            tokio::spawn(stack.clone().oneshot("busy".into()));
        }
        sleep(Duration::from_secs(1)).await;
        assert!(stack.oneshot("?".into()).await.is_ok());
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// A clone that is ready and not called holds a place.
    #[tokio::test(start_paused = true)]
    async fn a_clone_that_is_ready_holds_a_place() {
        let model = service_fn(async |_: Request| Ok(four()));
        let stack = stack(model, Jitter::random());
        let (mut one, mut two) = (stack.clone(), stack.clone());
        one.ready().await.expect("it sheds and never waits");
        two.ready().await.expect("it sheds and never waits");
        let shed = stack.clone().oneshot("?".into()).await;
        assert!(shed.expect_err("no place").is::<Overloaded>());
        drop(one);
        assert!(stack.oneshot("?".into()).await.is_ok());
    }

    /// A clone that was shed and is kept waits in line: the next place goes to
    /// it, and it never uses it.
    #[tokio::test(start_paused = true)]
    async fn a_clone_that_was_shed_and_is_kept_takes_the_next_place() {
        let model = service_fn(async |_: Request| Ok(four()));
        let stack = stack(model, Jitter::random());
        let (mut one, mut two) = (stack.clone(), stack.clone());
        one.ready().await.expect("it sheds and never waits");
        two.ready().await.expect("it sheds and never waits");
        let mut kept = stack.clone();
        let ready = kept.ready().await.expect("it sheds and never waits");
        assert!(ready.call("?".into()).await.is_err());
        drop(one); // its place goes to `kept`
        assert!(stack.clone().oneshot("?".into()).await.is_err());
        drop(kept);
        assert!(stack.oneshot("?".into()).await.is_ok());
    }
}
