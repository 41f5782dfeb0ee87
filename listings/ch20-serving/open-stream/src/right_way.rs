//! A stream that ends with the server: `cargo run --bin open-stream-right-way`
use axum::Router;
use axum::extract::State;
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

/// How long answers may run on once the server is told to stop.
const GRACE: Duration = Duration::from_millis(800);

/// Ends an answer when it is cut, and says so: its reader must not take it for
/// whole.
fn answer(tokens: BoxStream<'static, Event>, cut: CancellationToken) -> Answer {
    let tokens = tokens.take_until(cut.clone().cancelled_owned());
    let notice = stream::once(async move {
        let notice = Event::default().event("error").data("shutting down");
        cut.is_cancelled().then_some(notice)
    });
    let notice = notice.filter_map(std::future::ready);
    Sse::new(tokens.chain(notice).map(Ok).boxed())
}

/// One answer that ends, and one whose model repeats itself.
fn app(cut: CancellationToken) -> Router {
    let short = async |State(cut)| answer(tokens(5), cut);
    let endless = async |State(cut)| answer(tokens(usize::MAX), cut);
    Router::new()
        .route("/short", post(short))
        .route("/endless", post(endless))
        .with_state(cut)
}

/// A server, until it is down.
type Server = JoinHandle<io::Result<()>>;

/// Serves until told to stop, and then until all answers are over or cut.
async fn serve(stop: CancellationToken) -> io::Result<(SocketAddr, Server)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let cut = CancellationToken::new();
    let server = axum::serve(listener, app(cut.clone()))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(async move {
        stop.cancelled().await;
        sleep(GRACE).await;
        cut.cancel();
    });
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
    assert!(down, "no answer kept it up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short answer is whole, the endless one is cut, and the server down.
    #[tokio::test]
    async fn no_answer_keeps_it_up() {
        assert!(run().await.expect("the short answer comes"));
    }
}
