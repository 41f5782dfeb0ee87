//! A stream that ends with the server: `cargo run --bin open-stream-right-way`
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
use reqwest::Response;
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
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

/// How long answers may run on once the server is told to stop, and how long
/// it then waits for its connections. Together less than the platform waits.
const GRACE: Duration = Duration::from_millis(800);
const LAST: Duration = Duration::from_millis(600);

/// An answer that is open, and what cuts it.
type Open = (BoxStream<'static, Event>, CancellationToken);

/// The next event. The last of an answer that is cut says so: its reader must
/// not take it for whole.
async fn next(open: Option<Open>) -> Option<(Event, Option<Open>)> {
    let (mut tokens, cut) = open?;
    tokio::select! {
        biased; // a model that is never late must be cut too
        () = cut.cancelled() => {
            // An answer that was at its end is whole.
            let over = matches!(tokens.next().now_or_never(), Some(None));
            let notice = Event::default().event("error").data("shutting down");
            (!over).then_some((notice, None))
        }
        token = tokens.next() => Some((token?, Some((tokens, cut)))),
    }
}

fn answer(tokens: BoxStream<'static, Event>, cut: CancellationToken) -> Answer {
    Sse::new(stream::unfold(Some((tokens, cut)), next).map(Ok).boxed())
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

/// Serves until told to stop, and then until all answers are over or cut.
/// An error if connections are open even then.
async fn serve(
    listener: TcpListener,
    app: impl FnOnce(CancellationToken) -> Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let cut = CancellationToken::new();
    let server = axum::serve(listener, app(cut.clone()))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let end = async {
        stop.cancelled().await;
        sleep(GRACE).await;
        cut.cancel();
        // hyper doesn't poll an answer whose reader has stopped, nor can it
        // cut a handler that hangs, nor half of a request's head.
        sleep(LAST).await;
    };
    // The first to return drops the other. What is open then ends with the
    // runtime, so `main` must return.
    tokio::select! {
        ended = server => ended,
        () = end => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Tells the server to stop: by Ctrl-C, or as platforms do it.
fn stop_on_signals(stop: CancellationToken) -> io::Result<()> {
    #[cfg(unix)]
    let mut terminate = signal(SignalKind::terminate())?;
    #[cfg(unix)]
    let terminate = async move { terminate.recv().await };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate => {}
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
        stop.cancel();
    });
    Ok(())
}

/// Reads an answer to its end. Returns its last line.
async fn last_line(answer: Response) -> reqwest::Result<String> {
    let text = answer.text().await?;
    Ok(text.trim().lines().last().unwrap_or_default().to_owned())
}

/// Stops the server while it gives two answers. Whether it went down.
async fn run(stop: CancellationToken) -> Result<bool, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, app, stop.clone()));
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
    server.await??;
    println!("Endless answer: {}", endless.await??);
    Ok(true)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone())?;
    let down = run(stop).await?;
    println!("Down: {down}");
    assert!(down, "no answer kept it up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;
    use tokio::time::{Instant, timeout};

    /// The short answer is whole, the endless one is cut, and the server down.
    #[tokio::test(start_paused = true)]
    async fn no_answer_keeps_it_up() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let ran = run(CancellationToken::new()).await;
        assert!(ran.expect("the short answer comes"));
    }

    /// An answer that is at its end when it is cut stays whole.
    #[tokio::test(start_paused = true)]
    async fn a_whole_answer_gets_no_notice() {
        let cut = CancellationToken::new();
        let open = Some((tokens(0), cut.clone()));
        let (_done, open) = next(open).await.expect("there is one event");
        cut.cancel();
        assert!(next(open).await.is_none());
    }

    /// A model that is never late is cut all the same.
    #[tokio::test]
    async fn a_model_that_is_never_late_is_cut() {
        let cut = CancellationToken::new();
        let tokens = stream::repeat_with(Event::default).boxed();
        let (_, open) = next(Some((tokens, cut.clone()))).await.expect("one");
        cut.cancel();
        let (_notice, open) = next(open).await.expect("the notice");
        assert!(open.is_none());
    }

    /// A reader that stops and half a head keep it up for the last wait, and
    /// no longer.
    #[tokio::test(start_paused = true)]
    async fn nothing_keeps_it_up_for_good() -> Result<(), Box<dyn Error>> {
        loopback::tick();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let flood = |_| {
            let piece = || Ok::<_, Infallible>(vec![b'A'; 1 << 20]);
            let endless = move || stream::repeat_with(piece);
            let body = async move || Body::from_stream(endless());
            Router::new().route("/", post(body))
        };
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, flood, stop.clone()));
        let url = format!("http://{address}/");
        let unread = loopback::client().build()?.post(url).send().await?;
        let mut half = TcpStream::connect(address).await?;
        half.write_all(b"POST / HTTP/1.1\r\nhost: ").await?;
        sleep(Duration::from_millis(50)).await;
        let start = Instant::now();
        stop.cancel();
        let ended = timeout(Duration::from_secs(20), server).await??;
        assert!(ended.is_err_and(|e| e.kind() == io::ErrorKind::TimedOut));
        assert!(start.elapsed() >= GRACE + LAST);
        drop((unread, half));
        Ok(())
    }

    /// What a platform sends tells the server to stop.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_signal_tells_it_to_stop() -> Result<(), Box<dyn Error>> {
        let stop = CancellationToken::new();
        stop_on_signals(stop.clone())?;
        let id = std::process::id().to_string();
        let sent = std::process::Command::new("kill").arg(id).status()?;
        assert!(sent.success());
        timeout(Duration::from_secs(20), stop.cancelled()).await?;
        Ok(())
    }
}
