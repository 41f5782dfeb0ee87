//! A refusal that is read: `cargo run --bin lost-refusal-right-way`
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{EXPECT, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::routing::post;
use futures::TryStreamExt;
use loopback::Server;
use std::io::{
    self,
    ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset},
};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A prompt with a picture or two in it.
const PROMPT: usize = 8 << 20;

/// More than that isn't read for the sake of a refusal, nor for longer, nor
/// for more users at once.
const MOST: usize = 16 << 20;
const LONGEST: Duration = Duration::from_secs(5);
const READERS: usize = 8;

type Refusal = (StatusCode, [(HeaderName, &'static str); 1]);

/// Whether a body is worth reading: its client has begun to send it, and it
/// isn't known to be too large.
fn is_worth_reading(request: &Request) -> bool {
    let waits = request.headers().contains_key(EXPECT);
    let least = request.body().size_hint().lower();
    !waits && usize::try_from(least).is_ok_and(|least| least <= MOST)
}

/// Reads a body and forgets it, piece by piece.
async fn drain(body: Body) -> Result<(), axum::Error> {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    while let Some(piece) = pieces.try_next().await? {
        read += piece.len();
        if read > MOST {
            break;
        }
    }
    Ok(())
}

/// Refuses as soon as the client is ready to listen.
async fn answer(
    State(readers): State<Arc<Semaphore>>,
    request: Request,
) -> Refusal {
    if is_worth_reading(&request) {
        // Without a place, nothing is read and the refusal may get lost: to
        // wait for one would let a crowd of refused users use memory.
        if let Ok(_place) = readers.try_acquire() {
            // If it comes to nothing, the refusal goes out all the same.
            let _ = timeout(LONGEST, drain(request.into_body())).await;
        }
    }
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "20")])
}

fn app() -> Router {
    let readers = Arc::new(Semaphore::new(READERS));
    Router::new().route("/", post(answer)).with_state(readers)
}

/// Writes the whole prompt before it reads, as simple clients do. Whether it
/// could read the refusal.
async fn ask(server: &Server, prompt: &[u8]) -> io::Result<bool> {
    let mut line = TcpStream::connect(server.address).await?;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        server.address,
        prompt.len(),
    );
    let mut answer = Vec::new();
    let exchange = async {
        line.write_all(head.as_bytes()).await?;
        line.write_all(prompt).await?;
        line.read_to_end(&mut answer).await
    };
    match timeout(Duration::from_secs(30), exchange).await? {
        Ok(_) => Ok(answer.starts_with(b"HTTP/1.1 429")),
        // The connection broke while it wrote. It never read the 429.
        Err(error) => match error.kind() {
            BrokenPipe | ConnectionReset | ConnectionAborted => Ok(false),
            _ => Err(error),
        },
    }
}

/// Sends fifty prompts. Returns how many refusals the client could read.
async fn run() -> io::Result<usize> {
    let server = Server::start(app()).await?;
    let prompt = vec![b'A'; PROMPT];
    let mut read = 0;
    for _ in 0..50 {
        read += usize::from(ask(&server, &prompt).await?);
    }
    Ok(read)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let read = run().await?;
    println!("50 prompts refused");
    println!("{read} refusals were read");
    assert_eq!(read, 50);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use futures::stream::{self, StreamExt};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::io::{AsyncBufReadExt, BufReader};
    use tokio::time::{Instant, sleep};

    /// All of fifty refusals are read.
    #[tokio::test]
    async fn all_refusals_are_read() {
        assert_eq!(run().await.expect("the server runs"), 50);
    }

    /// Sends a head, and no body. Returns the first line that comes back.
    async fn first_line(server: &Server, header: &str) -> io::Result<String> {
        let mut line = TcpStream::connect(server.address).await?;
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\n{header}\r\n\r\n");
        line.write_all(head.as_bytes()).await?;
        let mut first = String::new();
        let mut line = BufReader::new(line);
        timeout(LONGEST / 2, line.read_line(&mut first)).await??;
        Ok(first)
    }

    const REFUSED: &str = "HTTP/1.1 429 Too Many Requests\r\n";

    /// Who waits for a 100, or announces too much, hears the refusal at once.
    #[tokio::test]
    async fn what_need_not_be_read_is_refused_at_once() -> io::Result<()> {
        let server = Server::start(app()).await?;
        let waits = "content-length: 4\r\nexpect: 100-continue";
        assert_eq!(first_line(&server, waits).await?, REFUSED);
        let large = format!("content-length: {}", MOST + 1);
        assert_eq!(first_line(&server, &large).await?, REFUSED);
        Ok(())
    }

    /// A body is read up to a size and for a time, and then refused.
    #[tokio::test(start_paused = true)]
    async fn a_body_without_an_end_is_read_up_to_its_limits() {
        let readers = State(Arc::new(Semaphore::new(READERS)));
        let start = Instant::now();
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let large = stream::repeat(Bytes::from_static(&[b'A'; 4096]));
        let large = large.take(10_000).map(move |piece| {
            count.fetch_add(piece.len(), Relaxed);
            Ok::<_, io::Error>(piece)
        });
        let large = Request::new(Body::from_stream(large));
        answer(readers.clone(), large).await;
        assert_eq!(read.load(Relaxed), MOST + 4096);
        let silent = stream::pending::<io::Result<Bytes>>();
        let silent = Request::new(Body::from_stream(silent));
        answer(readers, silent).await;
        assert_eq!(start.elapsed(), LONGEST);
    }

    /// Eight slow users are read at once, and the ninth is refused at once.
    #[tokio::test]
    async fn the_ninth_is_refused_at_once() -> io::Result<()> {
        let readers = Arc::new(Semaphore::new(READERS));
        let app = Router::new().route("/", post(answer));
        let app = app.with_state(Arc::clone(&readers));
        let server = Server::start(app).await?;
        let slow = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n";
        let mut lines = Vec::new();
        for _ in 0..READERS {
            let mut line = TcpStream::connect(server.address).await?;
            line.write_all(slow).await?;
            lines.push(line);
        }
        while readers.available_permits() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let ninth = first_line(&server, "content-length: 4").await?;
        assert_eq!(ninth, REFUSED);
        Ok(())
    }
}
