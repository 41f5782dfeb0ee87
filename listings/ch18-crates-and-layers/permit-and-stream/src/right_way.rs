//! A permit in the stream: `cargo run --bin permit-and-stream-right-way`
use futures::future::join_all;
use futures::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower::{BoxError, ServiceExt, service_fn};

type Answer = BoxStream<'static, &'static str>;

/// Counts the answers that the model writes at the same time.
#[derive(Default)]
struct Model {
    writing: AtomicUsize,
    peak: AtomicUsize,
}

impl Model {
    /// Begins to answer after 100 ms, and writes for a second.
    async fn ask(self: Arc<Self>, user: usize) -> Answer {
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
        text.chain(end).boxed()
    }
}

/// How long a caller waits to be let in.
const PATIENCE: Duration = Duration::from_secs(10);

/// Six users ask at once; two may. Returns how many were written at once.
async fn peak() -> Result<usize, BoxError> {
    let model = Arc::new(Model::default());
    let permits = Arc::new(Semaphore::new(2));
    let client = service_fn(|user| {
        let (model, permits) = (Arc::clone(&model), Arc::clone(&permits));
        async move {
            let permit = timeout(PATIENCE, permits.acquire_owned()).await??;
            let answer = model.ask(user).await;
            // The permit goes along, and is given back with the stream.
            let answer = answer.inspect(move |_| _ = &permit);
            Ok::<_, BoxError>(answer.boxed())
        }
    });
    let ask = async |user| {
        let answer = client.oneshot(user).await?;
        Ok::<_, BoxError>(answer.count().await)
    };
    let answers = join_all((1..=6).map(ask)).await;
    answers.into_iter().collect::<Result<Vec<_>, _>>()?;
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
    use tokio::time::Instant;

    /// A permit that goes with the stream lets two run at once.
    #[tokio::test(start_paused = true)]
    async fn two_answers_are_written_at_once() {
        let start = Instant::now();
        assert_eq!(peak().await.expect("all are answered"), 2);
        assert_eq!(start.elapsed(), Duration::from_millis(3300));
    }
}
