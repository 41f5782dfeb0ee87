//! A queue without a bound: `cargo run --bin unbounded-stream-wrong-way`
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionResponseStream,
    CreateChatCompletionRequestArgs, CreateChatCompletionStreamResponse,
};
use futures::{StreamExt, stream};
use reqwest::Body;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;
use tower::service_fn;

const EVENT: &str = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\
    \"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\
    \"delta\":{\"content\":\"ha\"},\"finish_reason\":null}]}\n\n";

/// A model that can't stop, and writes as fast as it is read. Counts.
fn body(written: Arc<AtomicUsize>) -> Body {
    let events = stream::iter(0..20_000).map(move |_| {
        written.fetch_add(1, Relaxed);
        Ok::<_, Infallible>(EVENT)
    });
    Body::wrap_stream(events)
}

/// The crate's stream of a response with this body.
async fn ask(
    body: impl Fn() -> Body + Clone + Send + Sync + 'static,
) -> Result<ChatCompletionResponseStream, OpenAIError> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = service_fn(move |_: HttpRequestFactory| {
        let response = http::Response::new(body()).into();
        async { Ok::<_, OpenAIError>(response) }
    });
    let client = Client::with_config(OpenAIConfig::new());
    let client = client.with_http_service(service);
    let message = ChatCompletionRequestUserMessage::from("Laugh");
    let request = CreateChatCompletionRequestArgs::default()
        .model("scripted")
        .messages([message.into()])
        .build()?;
    client.chat().create_stream(request).await
}

/// Reads one token, and thinks about it for a second. How many were taken from
/// the model by then.
async fn taken() -> Result<usize, OpenAIError> {
    let written = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&written);
    let mut answer = ask(move || body(Arc::clone(&counter))).await?;
    answer.next().await.expect("it has begun")?;
    // The task behind the stream doesn't wait for us.
    sleep(Duration::from_secs(1)).await;
    Ok(written.load(Relaxed))
}

/// The clock stands still: a second takes none.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), OpenAIError> {
    let taken = taken().await?;
    let size = size_of::<CreateChatCompletionStreamResponse>();
    println!("1 token was read, {taken} events were taken");
    println!("{} KiB wait in memory", (taken - 1) * size / 1024);
    assert_eq!(taken, 20_000, "all that there was");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// While the reader sleeps, all 20 000 events are read into memory.
    #[tokio::test(start_paused = true)]
    async fn all_events_are_taken_while_the_reader_sleeps() {
        assert_eq!(taken().await.expect("it begins"), 20_000);
    }

    /// A stream that ends without a `finish_reason` is no error to the crate.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_cut_off_is_no_error() {
        let body = || body(Arc::default());
        let answer = ask(body).await.expect("it begins");
        let items: Vec<_> = answer.collect().await;
        assert_eq!(items.len(), 20_000);
        assert!(items.iter().all(|item| {
            let item = item.as_ref().expect("no error");
            item.choices.iter().all(|c| c.finish_reason.is_none())
        }));
    }

    /// A byte order mark makes the task behind the stream panic: no item, no
    /// error.
    #[tokio::test(start_paused = true)]
    async fn a_byte_order_mark_makes_an_empty_answer() {
        let body = || format!("\u{feff}{EVENT}").into();
        let answer = ask(body).await.expect("it begins");
        assert_eq!(answer.count().await, 0);
    }
}
