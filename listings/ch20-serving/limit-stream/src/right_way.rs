//! The permit goes with the stream: `cargo run --bin limit-stream-right-way`
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header::RETRY_AFTER};
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures::future::{FutureExt, try_join_all};
use futures::stream::{self, BoxStream, StreamExt};
use loopback::Server;
use reqwest::Client;
use std::error::Error;
use std::io::{self, ErrorKind::TimedOut};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_stream::wrappers::ReceiverStream;

/// Counts the answers that the provider writes at the same time. It writes as
/// soon as it is open.
struct Provider {
    writing: AtomicUsize,
    peak: AtomicUsize,
    open: Semaphore,
}

/// One answer; it is over when this is dropped, however that comes about.
struct Writing(Arc<Provider>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writing.fetch_sub(1, Relaxed);
    }
}

impl Provider {
    fn new(permits: usize) -> Arc<Self> {
        let (writing, peak) = Default::default();
        let open = Semaphore::new(permits);
        Arc::new(Self {
            writing,
            peak,
            open,
        })
    }

    /// Four tokens, one each 100 ms.
    fn answer(self: Arc<Self>, _prompt: String) -> BoxStream<'static, Piece> {
        let writing = self.writing.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(writing, Relaxed);
        let writing = Arc::new(Writing(self));
        let words = stream::iter(["Twice", "two", "is", "four"]);
        let tokens = words.then(move |word| {
            let writing = Arc::clone(&writing);
            async move {
                drop(writing.0.open.acquire().await);
                sleep(Duration::from_millis(100)).await;
                Event::default().data(word)
            }
        });
        tokens.map(Ok).boxed()
    }
}

/// An answer that takes longer is cut off, and so is one whose reader
/// doesn't read for so long.
const LONGEST: Duration = Duration::from_mins(1);
const STALL: Duration = Duration::from_secs(5);

type Piece = io::Result<Event>;

/// Hands on all tokens, each as soon as there is room for it.
async fn hand_on(
    mut tokens: BoxStream<'static, Piece>,
    reader: &Sender<Piece>,
) -> io::Result<()> {
    while let Some(token) = tokens.next().await {
        // A connection that the provider's answer loses is an error here, too.
        let sent = reader.send_timeout(Ok(token?), STALL).await;
        sent.map_err(|_| TimedOut)?;
    }
    Ok(())
}

/// Gives an answer to its reader, as a body. A task owns the provider's stream
/// and the permit: hyper doesn't poll a body whose reader has stopped, so a
/// limit within the body would never run out.
fn relay(
    tokens: BoxStream<'static, Piece>,
    permit: OwnedSemaphorePermit,
) -> ReceiverStream<Piece> {
    let (reader, body) = mpsc::channel(16);
    tokio::spawn(async move {
        let _permit = permit;
        // Room for the bad news, should the reader leave none.
        let Ok(news) = reader.clone().reserve_owned().await else {
            return;
        };
        let handing = AssertUnwindSafe(hand_on(tokens, &reader)).catch_unwind();
        tokio::select! {
            biased; // one who has left is no failure
            // The reader has left, perhaps while the provider thinks.
            () = reader.closed() => {}
            ended = timeout(LONGEST, handing) => {
                // A panic is a failure like any other, and no end.
                let panicked = |_| io::Error::other("the answer panicked");
                let ended = ended.map_err(io::Error::from);
                let ended = ended.and_then(|it| it.map_err(panicked)).flatten();
                if let Err(cut) = ended {
                    eprintln!("An answer was cut off: {cut}");
                    // Over HTTP/1.1 and 2 hyper breaks the transfer off, so that
                    // nobody takes it for whole.
                    news.send(Err(cut));
                }
            }
        }
    });
    ReceiverStream::new(body)
}

type Answer = Sse<ReceiverStream<Piece>>;
type Refusal = (StatusCode, [(HeaderName, &'static str); 1]);

/// Who may be answered, and how long the others wait for their turn.
#[derive(Clone)]
struct Turns {
    permits: Arc<Semaphore>,
    patience: Duration,
    provider: Arc<Provider>,
}

async fn answer(
    State(turns): State<Turns>,
    prompt: String,
) -> Result<Answer, Refusal> {
    let refusal = (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]);
    // The limit is on the wait alone: what has begun is not cut off by it.
    let turn = timeout(turns.patience, turns.permits.acquire_owned());
    let permit = turn.await.ok().and_then(Result::ok).ok_or(refusal)?;
    Ok(Sse::new(relay(turns.provider.answer(prompt), permit)))
}

/// Serves with two permits, and a client for it.
async fn serve(
    provider: &Arc<Provider>,
    patience: Duration,
) -> Result<(Server, Client), Box<dyn Error>> {
    let permits = Arc::new(Semaphore::new(2));
    let provider = Arc::clone(provider);
    let turns = Turns {
        permits,
        patience,
        provider,
    };
    let app = Router::new().route("/", post(answer)).with_state(turns);
    let limit = Duration::from_secs(30);
    let client = loopback::client().timeout(limit).build()?;
    Ok((Server::start(app).await?, client))
}

/// Asks, and reads the answer to its end. Returns its status, and whether it
/// was whole.
async fn ask(
    client: &Client,
    server: &Server,
) -> reqwest::Result<(StatusCode, bool)> {
    let request = client.post(&server.url).body("Twice two?");
    let response = request.send().await?;
    Ok((response.status(), response.text().await?.contains("four")))
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// answers the provider wrote at once.
async fn run() -> Result<(usize, usize), Box<dyn Error>> {
    let provider = Provider::new(1);
    let (server, client) = serve(&provider, Duration::from_secs(20)).await?;
    let answers = try_join_all((0..12).map(|_| ask(&client, &server))).await?;
    let whole = answers.iter().filter(|answer| answer.1).count();
    Ok((whole, provider.peak.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, peak) = run().await?;
    println!("{answered} answers, {peak} written at once");
    assert_eq!((answered, peak), (12, 2));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::FuturesUnordered;
    use tokio::time::Instant;

    /// A permit that goes with the stream lets two run at once.
    #[tokio::test(start_paused = true)]
    async fn two_streams_run_at_once() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("the server runs"), (12, 2));
    }

    /// While two answers are under way, ten users who wait 100 ms are refused.
    #[tokio::test(start_paused = true)]
    async fn those_who_would_wait_too_long_are_refused()
    -> Result<(), Box<dyn Error>> {
        loopback::tick();
        let provider = Provider::new(0);
        let patience = Duration::from_millis(100);
        let (server, client) = serve(&provider, patience).await?;
        let mut users: FuturesUnordered<_> =
            (0..12).map(|_| ask(&client, &server)).collect();
        for _ in 0..10 {
            let refused = users.next().await.ok_or("one is missing")??;
            assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE);
        }
        provider.open.add_permits(1);
        while let Some(answered) = users.next().await {
            assert_eq!(answered?, (StatusCode::OK, true));
        }
        Ok(())
    }

    /// When the permit is back, if `pace` passes between two tokens of a model
    /// that never ends, and the reader reads, doesn't read, or has left.
    async fn back_after(pace: u64, reads: Option<bool>) -> Duration {
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).acquire_owned().await;
        let tokens = stream::repeat(()).then(move |()| async move {
            sleep(Duration::from_millis(pace)).await;
            Event::default().data("more")
        });
        let start = Instant::now();
        let mut body =
            Some(relay(tokens.map(Ok).boxed(), permit.expect("it is open")));
        tokio::task::yield_now().await; // the answer has begun
        if reads == Some(true) {
            let pieces: Vec<_> = body.take().expect("a body").collect().await;
            assert!(pieces.last().is_some_and(Result::is_err), "it is cut");
        }
        body.take_if(|_| reads.is_none());
        drop(permits.acquire().await);
        start.elapsed()
    }

    /// An answer without an end gives its permit back after a minute.
    #[tokio::test(start_paused = true)]
    async fn an_endless_answer_is_cut() {
        assert_eq!(back_after(70, Some(true)).await, LONGEST);
    }

    /// A reader that stops gives it back 5 s after the 16th token.
    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_is_given_up() {
        let full = 16 * Duration::from_millis(70);
        assert_eq!(back_after(70, Some(false)).await, full + STALL);
    }

    /// A reader that leaves gives it back at once, while the model thinks.
    #[tokio::test(start_paused = true)]
    async fn a_reader_that_leaves_ends_its_answer() {
        assert_eq!(back_after(90_000, None).await, Duration::ZERO);
    }

    /// What a provider's stream loses, or panics over, is never a whole answer.
    #[tokio::test]
    async fn a_stream_that_fails_or_panics_ends_the_body_with_an_error() {
        let token = || Ok(Event::default().data("Half"));
        let lost = || Err(io::Error::other("the provider hung up"));
        let panics = stream::once(async { panic!("a bug of ours") });
        for tokens in [
            stream::iter([token(), lost()]).boxed(),
            stream::iter([token()]).chain(panics).boxed(),
        ] {
            let permits = Arc::new(Semaphore::new(1));
            let permit = Arc::clone(&permits).acquire_owned().await;
            let body = relay(tokens, permit.expect("it is open"));
            let pieces: Vec<_> = body.collect().await;
            assert_eq!(pieces.len(), 2);
            assert!(pieces[0].is_ok() && pieces[1].is_err());
            assert_eq!(permits.available_permits(), 1);
        }
    }
}
