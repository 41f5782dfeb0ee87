//! A limit on chunks, not on bytes: `cargo run --bin pings-right-way`
use pings::{Broken, SAYS, chunks, serve};
use serde_json::{Value, json};
use std::{error::Error, pin::pin, time::Duration};
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

const FIRST: Duration = Duration::from_secs(2);
const TOTAL: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("no {0} in time")]
    Late(&'static str),
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("the provider says: {0}")]
    Provider(String),
    #[error("not whole, its finish_reason is {0:?}")]
    Unfinished(Option<String>),
}

/// Adds an answer to `text`, so that the caller has what came before an error.
async fn read(
    chunks: impl Stream<Item = Result<Value, Broken>>,
    text: &mut String,
) -> Result<(), Failed> {
    let mut chunks = pin!(chunks);
    let mut finish = None;
    loop {
        // Pings are left out by now: only a chunk starts the limit again.
        let limit = if text.is_empty() { FIRST } else { IDLE };
        let chunk = match timeout(limit, chunks.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            // A body that is read to its end frees the connection.
            Ok(None) => break,
            // What is whole stays whole, whatever comes then.
            _ if finish.is_some() => break,
            Ok(Some(Err(broken))) => return Err(broken.into()),
            Err(_) => return Err(Failed::Late("chunk")),
        };
        if let Some(error) = chunk.get("error").filter(|it| !it.is_null()) {
            return Err(Failed::Provider(error.to_string()));
        }
        let choice = &chunk["choices"][0];
        *text += choice["delta"]["content"].as_str().unwrap_or_default();
        let reason = choice["finish_reason"].as_str();
        finish = finish.or(reason.map(str::to_owned));
    }
    match finish.as_deref() {
        Some("stop") => Ok(()),
        _ => Err(Failed::Unfinished(finish)),
    }
}

async fn ask(
    http: &reqwest::Client,
    url: &str,
    model: &str,
    text: &mut String,
) -> Result<(), Failed> {
    let prompt = json!([{ "role": "user", "content": "May it stall?" }]);
    let body = json!({ "model": model, "messages": prompt, "stream": true,
        "max_tokens": 200 });
    let head = timeout(FIRST, http.post(url).json(&body).send()).await;
    let head = head.map_err(|_| Failed::Late("response"))??;
    let answer = chunks(head.error_for_status()?.bytes_stream());
    let read = timeout(TOTAL, read(answer, text)).await;
    read.map_err(|_| Failed::Late("end"))?
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = serve().await?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut text = String::new();
    println!("Asking a model that gets stuck");
    let stuck = ask(&http, &server.url, "stuck", &mut text).await;
    let stuck = stuck.expect_err("its fourth word never comes");
    println!("Stuck after {text:?}: {stuck}");
    assert!(matches!(stuck, Failed::Late("chunk")));

    text.clear();
    println!("Asking a model that is well");
    ask(&http, &server.url, "healthy", &mut text).await?;
    println!("Whole: {text:?}");
    assert_eq!(text, SAYS, "it took four times as long as the limit");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pings::PING;
    use std::convert::Infallible;
    use tokio::time::{Instant, interval};
    use tokio_stream::{iter, pending, wrappers::IntervalStream};

    /// Pings go on for ever: the limit is over 500 ms after the last chunk.
    #[tokio::test(start_paused = true)]
    async fn a_ping_does_not_start_the_limit_again() {
        let start = Instant::now();
        let word = r#"data: {"choices":[{"delta":{"content":"May"}}]}"#;
        let pings = IntervalStream::new(interval(PING)).map(|_| ": ping");
        let lines = iter([word]).chain(pings);
        let bytes =
            lines.map(|line| Ok::<_, Infallible>(format!("{line}\n\n").into()));
        let mut text = String::new();
        let end = read(chunks(bytes), &mut text).await;
        assert!(matches!(end, Err(Failed::Late("chunk"))));
        assert_eq!((text.as_str(), start.elapsed()), ("May", IDLE));
    }

    /// An answer is whole if it says `stop`: not at its output limit, not at
    /// the end of the stream, and not after an error. What comes behind
    /// `stop` can't spoil it.
    #[tokio::test(start_paused = true)]
    async fn an_answer_is_whole_only_if_it_says_so() {
        let chunk =
            |reason| json!({ "choices": [{ "finish_reason": reason }] });
        for (chunk, end) in [
            (chunk(Some("stop")), "Ok(())"),
            (chunk(Some("length")), "Err(Unfinished(Some(\"length\")))"),
            (chunk(None), "Err(Unfinished(None))"),
            (
                json!({ "error": "overloaded" }),
                "Err(Provider(\"\\\"overloaded\\\"\"))",
            ),
        ] {
            let read = read(iter([Ok(chunk)]), &mut String::new()).await;
            assert_eq!(format!("{read:?}"), end);
        }
        let silent = iter([Ok(chunk(Some("stop")))]).chain(pending());
        assert!(read(silent, &mut String::new()).await.is_ok());
    }

    /// A model may think for longer than `IDLE` before its first word.
    #[tokio::test(start_paused = true)]
    async fn the_first_word_has_a_limit_of_its_own() {
        let start = Instant::now();
        let end = read(pending(), &mut String::new()).await;
        assert!(matches!(end, Err(Failed::Late("chunk"))));
        assert_eq!(start.elapsed(), FIRST);
    }
}
