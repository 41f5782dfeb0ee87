//! A stream that keeps the server up: `cargo run --bin open-stream-wrong-way`
use axum::Router;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures::stream::{self, BoxStream, StreamExt};
use reqwest::Response;
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Some tokens, one each 100 ms, and the end of the answer.
fn tokens(count: usize) -> BoxStream<'static, Event> {
    let tokens = stream::repeat("more")
        .take(count)
        .chain(stream::iter(["[DONE]"]));
    let tokens = tokens.then(async |word| {
        sleep(Duration::from_millis(100)).await;
        Event::default().data(word)
    });
    tokens.boxed()
}

type Answer = Sse<BoxStream<'static, Result<Event, Infallible>>>;

fn answer(tokens: BoxStream<'static, Event>) -> Answer {
    Sse::new(tokens.map(Ok).boxed())
}

/// One answer that ends, and one whose model repeats itself.
fn app() -> Router {
    Router::new()
        .route("/short", post(async || answer(tokens(5))))
        .route("/endless", post(async || answer(tokens(usize::MAX))))
}

/// A server, until it is down.
type Server = JoinHandle<io::Result<()>>;

/// Serves until told to stop, and then until all answers are over.
async fn serve(stop: CancellationToken) -> io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, app())
        .with_graceful_shutdown(stop.cancelled_owned());
    Ok((address, tokio::spawn(async move { server.await })))
}

/// Reads an answer to its end. Returns its last line.
async fn last_line(answer: Response) -> reqwest::Result<String> {
    let text = answer.text().await?;
    Ok(text.trim().lines().last().unwrap_or_default().to_owned())
}

/// Stops the server while it gives two answers. Whether it went down.
async fn run() -> Result<bool, Box<dyn Error>> {
    let stop = CancellationToken::new();
    let (address, server) = serve(stop.clone()).await?;
    let limit = Duration::from_secs(6);
    let client = loopback::client().timeout(limit).build()?;
    let ask = async |path| {
        let url = format!("http://{address}/{path}");
        client.post(url).send().await?.error_for_status()
    };
    let short = tokio::spawn(last_line(ask("short").await?));
    let endless = tokio::spawn(last_line(ask("endless").await?));

    sleep(Duration::from_millis(250)).await;
    println!("Told to stop");
    stop.cancel();
    println!("Short answer: {}", short.await??);
    let down = timeout(Duration::from_secs(3), server).await;
    let Ok(ended) = down else {
        return Ok(false);
    };
    ended??;
    println!("Endless answer: {}", endless.await??);
    Ok(true)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let down = run().await?;
    println!("Down: {down}");
    assert!(!down, "it waits for the endless answer");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three seconds after the short answer, the endless one keeps it up.
    #[tokio::test(start_paused = true)]
    async fn the_endless_answer_keeps_it_up() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert!(!run().await.expect("the short answer comes"));
    }
}
