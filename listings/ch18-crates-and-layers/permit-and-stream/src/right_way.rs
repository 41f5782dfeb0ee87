//! A permit in the stream: `cargo run --bin permit-and-stream-right-way`
use futures::future::try_join_all;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tower::{BoxError, ServiceExt, service_fn};

/// The words of an answer, and at most one error, which comes last.
type Words = BoxStream<'static, Result<&'static str, BoxError>>;

/// Counts the answers that the model writes at the same time.
#[derive(Default)]
struct Model {
    writing: AtomicUsize,
    peak: AtomicUsize,
}

impl Model {
    /// Begins to answer after 100 ms, and writes for a second.
    async fn ask(self: Arc<Self>, user: usize) -> Result<Words, BoxError> {
        sleep(Duration::from_millis(100)).await;
        println!("Answer {user} begins");
        let writing = self.writing.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(writing, Relaxed);
        let text = stream::iter(["Twice", "two", "is", "four"]);
        let text = text.then(|word| async move {
            sleep(Duration::from_millis(250)).await;
            word
        });
        let end = stream::once(async move {
            self.writing.fetch_sub(1, Relaxed);
            println!("Answer {user} is whole");
            "."
        });
        Ok(text.chain(end).map(Ok).boxed())
    }
}

/// How long a caller waits to be let in.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a model may take to begin, and how long it may then be silent.
const BEGIN: Duration = Duration::from_secs(30);
const SILENCE: Duration = Duration::from_secs(10);
/// How long a reader may be behind by more than `AHEAD` words, with each word,
/// and how long the whole may take.
const READER: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(5);
const AHEAD: usize = 8;

/// Asks when there is a permit, which the whole answer then holds.
async fn admitted(
    permits: Arc<Semaphore>,
    ask: impl Future<Output = Result<Words, BoxError>>,
) -> Result<Words, BoxError> {
    let permit = timeout(PATIENCE, permits.acquire_owned()).await??;
    let words = timeout(BEGIN, ask).await??;
    let (sender, mut receiver) = mpsc::channel(AHEAD);
    // A task of its own: a reader who stops polling can't stop its limits.
    let passing = pass_on(words, sender, permit);
    let passing = tokio::spawn(timeout(LONGEST, passing));
    // One who leaves ends it at once, also while the model is silent.
    let passing = AbortOnDropHandle::new(passing);
    let words = stream::poll_fn(move |cx| receiver.poll_recv(cx)).map(Ok);
    // The end of the queue is the end of the answer only if the task says so.
    let end = stream::once(async { passing.await?? });
    let end = end.filter_map(async |end| end.err().map(Err));
    Ok(words.chain(end).boxed())
}

/// Passes words on while model and reader keep up, and gives the permit back.
async fn pass_on(
    mut words: Words,
    reader: mpsc::Sender<&'static str>,
    _permit: OwnedSemaphorePermit,
) -> Result<(), BoxError> {
    while let Some(word) = timeout(SILENCE, words.next()).await? {
        match reader.send_timeout(word?, READER).await {
            Ok(()) => {}
            Err(SendTimeoutError::Closed(_)) => break, // nobody reads on
            Err(slow) => return Err(slow.into()),
        }
    }
    Ok(())
}

/// Six users ask at once; two may. Returns how many were written at once.
async fn peak() -> Result<usize, BoxError> {
    let model = Arc::new(Model::default());
    let permits = Arc::new(Semaphore::new(2));
    let client = service_fn(|user| {
        admitted(Arc::clone(&permits), Arc::clone(&model).ask(user))
    });
    let ask = async |user| {
        let answer = client.oneshot(user).await?;
        answer.try_collect::<Vec<_>>().await
    };
    try_join_all((1..=6).map(ask)).await?;
    Ok(model.peak.load(Relaxed))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let peak = peak().await?;
    println!("{peak} answers at once");
    assert_eq!(peak, 2, "as many as there are permits");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future;
    use tokio::time::Instant;

    /// A permit that goes with the stream lets two run at once.
    #[tokio::test(start_paused = true)]
    async fn two_answers_are_written_at_once() {
        let start = Instant::now();
        assert_eq!(peak().await.expect("all are answered"), 2);
        assert_eq!(start.elapsed(), Duration::from_millis(3300));
    }

    /// The permits that are free so long after an answer like this began, and
    /// how its reader, who comes then, sees it end.
    async fn after(
        wait: Duration,
        ask: impl Future<Output = Words>,
    ) -> (usize, Result<Vec<&'static str>, BoxError>) {
        let permits = Arc::new(Semaphore::new(1));
        let ask = async { Ok(ask.await) };
        let answer = admitted(Arc::clone(&permits), ask).await;
        sleep(wait).await;
        let free = permits.available_permits();
        match answer {
            Ok(answer) => (free, answer.try_collect().await),
            Err(error) => (free, Err(error)),
        }
    }

    /// Neither a model that doesn't begin nor one that falls silent keeps its
    /// permit.
    #[tokio::test(start_paused = true)]
    async fn a_model_that_hangs_gives_its_permit_back() {
        let (free, answer) = after(Duration::ZERO, future::pending()).await;
        assert!(answer.is_err());
        assert_eq!(free, 1);
        let silent = async { stream::pending().boxed() };
        let just_over = SILENCE + Duration::from_millis(1);
        let (free, answer) = after(just_over, silent).await;
        assert!(answer.is_err());
        assert_eq!(free, 1);
    }

    /// A reader who reads nothing loses the permit after five seconds, and the
    /// rest of the answer with an error.
    #[tokio::test(start_paused = true)]
    async fn a_reader_who_stops_gives_the_permit_back() {
        let long = || async { stream::iter(["word"; 100]).map(Ok).boxed() };
        let (free, _) = after(Duration::from_millis(4999), long()).await;
        assert_eq!(free, 0);
        let (free, answer) = after(Duration::from_millis(5001), long()).await;
        assert_eq!(free, 1);
        assert!(answer.is_err(), "it is not whole");
    }

    /// A reader who leaves gives it back at once, though the model is silent.
    #[tokio::test(start_paused = true)]
    async fn a_reader_who_leaves_gives_the_permit_back_at_once() {
        let permits = Arc::new(Semaphore::new(1));
        let silent = async { Ok(stream::pending().boxed()) };
        let answer = admitted(Arc::clone(&permits), silent).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(permits.available_permits(), 0);
        drop(answer);
        sleep(Duration::from_millis(1)).await;
        assert_eq!(permits.available_permits(), 1);
    }

    /// A refusal is passed on, and the permit is free.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_gives_the_permit_back() {
        let permits = Arc::new(Semaphore::new(1));
        let refused = future::ready(Err("too many requests".into()));
        let answer = admitted(Arc::clone(&permits), refused).await;
        assert!(answer.is_err());
        assert_eq!(permits.available_permits(), 1);
    }

    /// A model that never stops is never silent; and one whose connection is
    /// lost has not given a whole answer.
    #[tokio::test(start_paused = true)]
    async fn an_answer_has_an_end_and_a_lost_one_is_an_error() {
        let endless = stream::repeat(()).then(async |()| {
            sleep(Duration::from_secs(9)).await;
            Ok("word")
        });
        let permits = Arc::new(Semaphore::new(1));
        let start = Instant::now();
        let ask = async { Ok(endless.boxed()) };
        let answer = admitted(Arc::clone(&permits), ask).await;
        let read = answer.expect("it began").try_collect::<Vec<_>>().await;
        assert!(read.is_err(), "it is cut");
        assert_eq!(
            (start.elapsed(), permits.available_permits()),
            (LONGEST, 1)
        );
        let lost = || Err("the connection was lost".into());
        let lost = async { stream::iter([Ok("Twice"), lost()]).boxed() };
        let (free, answer) = after(Duration::from_millis(1), lost).await;
        assert!(answer.is_err(), "it is not whole");
        assert_eq!(free, 1);
    }
}
