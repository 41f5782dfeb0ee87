//! The whole client: `cargo run --bin by-hand-right-way`
use futures::TryStreamExt;
use llm_client::{Backoff, Cause, Client, Error, Jitter, Limits, Piece};
use llm_client::{Request, retry};
use llm_server::{LlmServer, Model, Script};
use std::cell::RefCell;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::timeout;

/// How long its user waits for a first word, all attempts together.
const PATIENCE: Duration = Duration::from_secs(45);

/// One attempt waits for less, or it would be the only one.
fn limits() -> Limits {
    Limits {
        first: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// Shows the answer as it comes, and then what it cost.
async fn show(client: &Client, prompt: &str) -> Result<(), Error> {
    // No limit on time bounds the cost, since a provider may write on.
    let question = Request::new(prompt).max_tokens(1000);
    let last = RefCell::new(None);
    let again = |error: &Error, pause: Duration| {
        println!("Asking again in {:.1} s: {error}", pause.as_secs_f64());
        last.replace(Some(error.clone()));
    };
    // Only the beginning is tried again. `stream` returns with the first token,
    // and from then on somebody has read a part of the answer.
    let ask = async || client.stream(question.clone()).await;
    let (backoff, jitter) = (Backoff::default(), Jitter::random());
    let begun = timeout(PATIENCE, retry(&backoff, &jitter, ask, again)).await;
    let late = || Error::head(Cause::TooSlow(PATIENCE));
    // If attempts failed, the last of them says more than that time is over.
    let late = |_| last.take().unwrap_or_else(late);
    let mut answer = begun.map_err(late)??;
    while let Some(piece) = answer.try_next().await? {
        match piece {
            Piece::Text(token) => println!("> {}", printable(&token)),
            Piece::Usage(cost) => println!("{} tokens", cost.completion_tokens),
        }
    }
    Ok(())
}

/// A model may write anything, be it what moves a terminal's cursor.
fn printable(text: &str) -> String {
    text.trim().replace(|c: char| c.is_control(), " ")
}

/// Asks a server of our own, which stalls in mid-answer, and waits for a second
/// where half a minute is usual.
async fn rehearse(prompt: &str) -> Result<(), Error> {
    let text = "Streams may stall at any word.";
    let model = Model::new("scripted").says(text).stalls_after(3);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let idle = Duration::from_secs(1);
    let limits = Limits { idle, ..limits() };
    let client = Client::new(server.base_url(), "none", "scripted")?;
    let shown = show(&client.with_limits(limits), prompt).await;
    let error = shown.as_ref().expect_err("a stall is an error");
    assert_eq!(error.cause, Cause::TimedOut(idle));
    shown
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (prompt, named) = ("May it stall?", Client::from_env());
    let rehearsal = named.is_none();
    println!("Asking");
    let shown = match named {
        Some(Ok(client)) => show(&client.with_limits(limits()), prompt).await,
        Some(Err(error)) => Err(error), // a key or an address of no use
        None => rehearse(prompt).await,
    };
    match &shown {
        Ok(()) => println!("The answer is whole"),
        Err(error) => println!("Failed: {error}"),
    }
    if shown.is_ok() || rehearsal {
        ExitCode::SUCCESS // in a rehearsal the stall was as it should be
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stall in mid-answer is told after the limit on silence, and not asked
    /// again, since three words were shown.
    #[tokio::test(start_paused = true)]
    async fn a_stall_in_mid_answer_is_over_after_the_limit() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let error = rehearse("May it?").await.expect_err("it stalls");
        assert_eq!(error.so_far.trim(), "Streams may stall");
    }
}
