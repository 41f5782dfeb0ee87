//! A first token that goes out: `cargo run --bin held-token-right-way`
use axum::Router;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use axum::serve::ListenerExt;
use futures::stream::{self, Stream};
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// The head at once; 3 ms later an answer of one token.
async fn answer() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::once(async {
        sleep(Duration::from_millis(3)).await;
        Ok(Event::default().data("Four"))
    }))
}

async fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|socket| {
        // Small writes go out at once, whatever is still on its way.
        if let Err(error) = socket.set_nodelay(true) {
            eprintln!("A connection stays slow: {error}");
        }
    });
    let app = Router::new().route("/", post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// Asks twelve times in turn, over one connection. Returns how long the first
/// token took in the fastest quarter of the calls.
async fn run() -> Result<Duration, Box<dyn Error>> {
    let url = format!("http://{}/", serve().await?);
    let client = loopback::client().build()?;
    let mut times = Vec::new();
    for _ in 0..12 {
        let start = Instant::now();
        let request = client.post(&url).body("Twice two?");
        let mut response = request.send().await?.error_for_status()?;
        response.chunk().await?.ok_or("there was no token")?;
        times.push(start.elapsed());
        while response.chunk().await?.is_some() {}
    }
    times.sort();
    Ok(times[times.len() / 4])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let quarter = run().await?;
    println!("12 answers");
    assert!(quarter < Duration::from_millis(30), "it went out");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a connection that is used again, no first token need wait.
    #[tokio::test]
    async fn the_first_token_goes_out() {
        let quarter = run().await.expect("all is answered");
        assert!(quarter < Duration::from_millis(30), "{quarter:?}");
    }
}
