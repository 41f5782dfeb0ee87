//! A real socket and a real clock: `cargo run --bin test-layers-better-way`
use futures::TryStreamExt;
use llm_client::{Backoff, Client, Error, Jitter, Piece, retry};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Reads three pieces of a hundred and goes away. Returns their text.
async fn read_three(client: &Client) -> Result<String, Error> {
    let backoff = Backoff {
        base: Duration::from_millis(100),
        ..Backoff::default()
    };
    let attempt = async || client.stream("Count to a hundred").await;
    let refused = |error: &Error, _| println!("{error}");
    let jitter = Jitter::seeded(17);
    let mut answer = retry(&backoff, &jitter, attempt, refused).await?;
    let mut text = String::new();
    for _ in 0..3 {
        if let Some(Piece::Text(token)) = answer.try_next().await? {
            text += &token;
        }
    }
    Ok(text) // the stream is dropped here, and its connection with it
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let wait = Duration::from_secs(1);
    let numbers: Vec<_> = (1..=100).map(|n| n.to_string()).collect();
    let model = Model::new("scripted")
        .says(numbers.join(" "))
        .between_tokens(Duration::from_millis(20))
        .fails(1, Failure::RateLimited(Some(wait)));
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    let client = Client::new(server.base_url(), "none", "scripted")?;

    let text = read_three(&client).await?;
    println!("Read: {text}");
    // It learns that we have gone when it next writes: soon, and who knows
    // when. So wait for the fact, with a limit that only a fault reaches.
    let gone = async {
        while llm.seen().aborted == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), gone).await?;
    println!("The server saw us go");

    let seen = llm.seen();
    assert_eq!(text, "1 2 3");
    assert_eq!((seen.requests, seen.status(429)), (2, 1));
    let asked = seen.log[0].at;
    assert!(seen.log[1].at >= asked + wait, "no sooner than asked");
    assert_eq!((seen.completed, seen.aborted), (0, 1));
    assert!(seen.completion_tokens < 100, "the rest was never made");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    run().await?;
    println!("All as expected");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over a socket: two requests, a gap as long as `Retry-After`, the text,
    /// and a server that sees the client hang up.
    #[tokio::test]
    async fn the_server_sees_the_gap_and_the_client_hang_up() {
        run().await.expect("it asserts the rest");
    }
}
