//! A queue of our own: `cargo run --bin stream-limit-right-way`
use axum::Router;
use axum::routing::post;
use futures::future::join_all;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use reqwest::{Client, Response};
use std::cell::Cell;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Every call takes so long, however many there are.
const CALL: Duration = Duration::from_secs(2);
/// No call should take longer.
const LIMIT: Duration = Duration::from_secs(5);
/// Nobody should wait longer for a call to begin.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many calls the server takes at once over one connection.
const STREAMS: u32 = 10;
/// No answer is larger.
const MOST: usize = 1 << 20;

async fn answer() -> &'static str {
    sleep(CALL).await;
    "Four"
}

fn app() -> Router {
    Router::new().route("/", post(answer))
}

/// Serves HTTP/2, with a limit on the streams at once on a connection.
async fn serve(app: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            let app = TowerToHyperService::new(app.clone());
            let connection = http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(STREAMS)
                .serve_connection(TokioIo::new(line), app);
            tokio::spawn(connection);
        }
    });
    Ok(address)
}

/// Asks once. At most as many calls are under way as the server has streams.
async fn ask(
    client: &Client,
    url: &str,
    streams: &Semaphore,
) -> Result<String, Box<dyn Error>> {
    // The wait for a stream has a limit of its own.
    let _stream = timeout(PATIENCE, streams.acquire()).await??;
    let request = client.post(url).timeout(LIMIT).body("Twice two?");
    let response = request.send().await?.error_for_status()?;
    read(response).await
}

/// Reads an answer, up to `MOST`.
async fn read(mut response: Response) -> Result<String, Box<dyn Error>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST {
            return Err("the answer is too large".into());
        }
    }
    Ok(String::from_utf8(body)?)
}

type Answer = Result<String, Box<dyn Error>>;

/// Asks all questions at once. Returns an answer or a failure for each, in
/// their order: one that fails doesn't take along what the others cost.
async fn ask_all(url: &str, questions: usize) -> reqwest::Result<Vec<Answer>> {
    let client = loopback::client().http2_prior_knowledge().build()?;
    let streams = Semaphore::new(STREAMS as usize);
    let answered = Cell::new(0_usize);
    let calls = (0..questions).map(async |_| {
        let answer = ask(&client, url, &streams).await;
        answered.set(answered.get() + usize::from(answer.is_ok()));
        if answer.is_ok() && answered.get().is_multiple_of(10) {
            println!("{} answered", answered.get());
        }
        answer
    });
    Ok(join_all(calls).await)
}

/// Asks 30 times at once. Returns how many were answered.
async fn run() -> Result<usize, Box<dyn Error>> {
    let url = format!("http://{}/", serve(app()).await?);
    let mut answered = 0;
    for (index, answer) in ask_all(&url, 30).await?.into_iter().enumerate() {
        match answer {
            Ok(_) => answered += 1,
            Err(error) => eprintln!("Call {index} failed: {error}"),
        }
    }
    Ok(answered)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let answered = run().await?;
    assert_eq!(answered, 30);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use std::future::ready;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// 30 calls wait on our side for 10 streams, and none is late.
    #[tokio::test(start_paused = true)]
    async fn thirty_calls_are_answered() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("none is late"), 30);
    }

    /// One call that fails leaves the answers of the 29 others.
    #[tokio::test(start_paused = true)]
    async fn one_failure_costs_one_answer() -> Result<(), Box<dyn Error>> {
        loopback::tick();
        let calls = Arc::new(AtomicUsize::new(0));
        let handler = move || {
            let first = calls.fetch_add(1, Relaxed) == 0;
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            ready(if first { Err(status) } else { Ok("Four") })
        };
        let app = Router::new().route("/", post(handler));
        let url = format!("http://{}/", serve(app).await?);
        let answers = ask_all(&url, 30).await?;
        let failed = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!((answers.len(), failed), (30, 1));
        Ok(())
    }
}
