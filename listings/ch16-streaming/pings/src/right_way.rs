//! A limit on events, not on bytes: `cargo run --bin pings-right-way`
use llm_client::{Cause, Client, Limits, Reply, Request};
use pings::{SAYS, serve};
use std::{error::Error, time::Duration};

const FIRST: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_millis(500);

fn limits() -> Limits {
    Limits {
        first: FIRST, // until the head, and then until the first word
        idle: IDLE,   // between two events after that: a ping is none
        total: Duration::from_secs(30), // a model may never be silent
        ..Limits::default()  // of the size, and of what follows the end
    }
}

/// Whole, or an error that says why not and has what came before it.
async fn ask(client: &Client, model: &str) -> Result<Reply, llm_client::Error> {
    let request = Request::new("May it stall?").model(model);
    // The output limit bounds the cost, as no time does.
    client.complete(request.max_tokens(200)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = serve().await?;
    let client = Client::new(&server.base, "none", "healthy")?;
    let client = client.with_limits(limits());
    println!("Asking a model that gets stuck");
    let stuck = ask(&client, "stuck").await;
    let stuck = stuck.expect_err("its fourth word never comes");
    println!("Stuck after {:?}: {}", stuck.so_far, stuck.cause);
    assert_eq!(stuck.cause, Cause::TimedOut(IDLE));

    println!("Asking a model that is well");
    let reply = ask(&client, "healthy").await?;
    println!("Whole: {:?}", reply.text);
    assert_eq!(reply.text, SAYS, "it took four times as long as the limit");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_client::{pieces, whole};
    use pings::PING;
    use std::convert::Infallible;
    use tokio::time::{Instant, interval};
    use tokio_stream::wrappers::IntervalStream;
    use tokio_stream::{Stream, StreamExt, iter, once, pending};

    const WORD: &str = r#"data: {"choices":[{"delta":{"content":"May"}}]}"#;
    const STOP: &str = r#"data: {"choices":[{"finish_reason":"stop"}]}"#;
    const LENGTH: &str = r#"data: {"choices":[{"finish_reason":"length"}]}"#;
    const ERROR: &str = r#"data: {"error":{"message":"overloaded"}}"#;

    /// What comes of a body with these lines, and when.
    async fn read(
        lines: impl Stream<Item = &'static str> + Send + 'static,
    ) -> (Result<Reply, llm_client::Error>, Duration) {
        let start = Instant::now();
        let bytes =
            lines.map(|line| Ok::<_, Infallible>(format!("{line}\n\n")));
        let reply = whole(pieces(bytes, limits())).await;
        (reply, start.elapsed())
    }

    /// Pings go on for ever: the limit is over 500 ms after the last event.
    #[tokio::test(start_paused = true)]
    async fn a_ping_does_not_start_the_limit_again() {
        let pings = IntervalStream::new(interval(PING)).map(|_| ": ping");
        let (end, after) = read(iter([WORD]).chain(pings)).await;
        let error = end.expect_err("nothing more comes");
        assert_eq!(error.cause, Cause::TimedOut(IDLE));
        assert_eq!((error.so_far.as_str(), after), ("May", IDLE));
    }

    /// A model may think for longer than `IDLE` before its first word.
    #[tokio::test(start_paused = true)]
    async fn the_first_word_has_a_limit_of_its_own() {
        let (end, after) = read(pending()).await;
        assert_eq!(end.expect_err("silence").cause, Cause::TimedOut(FIRST));
        assert_eq!(after, FIRST);
    }

    /// An answer is whole if it says `stop`: not at its output limit, and not
    /// at the end of the stream. An error behind `stop` takes it back.
    #[tokio::test(start_paused = true)]
    async fn an_answer_is_whole_only_if_it_says_so() {
        assert!(read(iter([WORD, STOP])).await.0.is_ok());
        for (lines, phrase) in [
            (&[WORD, LENGTH][..], "the limit on its length"),
            (&[WORD], "closed before the answer ended"),
            (&[WORD, ERROR], "overloaded"),
            (&[WORD, STOP, ERROR], "overloaded"),
        ] {
            let error = read(iter(lines.to_vec())).await.0;
            let said = error.expect_err(phrase).to_string();
            assert!(said.contains(phrase), "{said}");
        }
    }

    /// Silence or the limit on the whole behind `stop` take nothing from it.
    #[tokio::test(start_paused = true)]
    async fn what_is_whole_stays_whole() {
        let (silent, _) = read(iter([WORD, STOP]).chain(pending())).await;
        assert_eq!(silent.expect("it is whole").text, "May");
        let words = iter([WORD; 74]).throttle(Duration::from_millis(400));
        let late = words.chain(once(STOP)).chain(pending());
        let (late, after) = read(late).await;
        assert_eq!(after, limits().total, "before the end of the body");
        assert!(late.is_ok());
    }
}
