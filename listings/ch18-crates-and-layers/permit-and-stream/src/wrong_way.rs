//! A limit that ends with the head: `cargo run --bin permit-and-stream-wrong-way`
use futures::future::join_all;
use futures::stream::{self, BoxStream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;
use tower::{Service, ServiceBuilder, ServiceExt};

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

/// Six users ask at once; two may. Returns how many were written at once.
async fn peak() -> usize {
    let model = Arc::new(Model::default());
    // The permit is held as long as the call runs, and the call is over when
    // the stream is there.
    let client =
        ServiceBuilder::new()
            .concurrency_limit(2)
            .service_fn(|user| {
                let answer = Arc::clone(&model).ask(user);
                async { Ok::<_, Infallible>(answer.await) }
            });
    join_all((1..=6).map(|user| {
        let mut client = client.clone();
        async move {
            let ready = client.ready().await.expect("it never fails");
            let answer = ready.call(user).await.expect("it never fails");
            answer.count().await
        }
    }))
    .await;
    model.peak.load(Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let peak = peak().await;
    println!("{peak} answers at once");
    assert!(peak > 2, "the limit was for the heads only");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// A limit on calls lets six streams run at once.
    #[tokio::test(start_paused = true)]
    async fn six_answers_are_written_at_once() {
        let start = Instant::now();
        assert_eq!(peak().await, 6);
        assert_eq!(start.elapsed(), Duration::from_millis(1300));
    }
}
