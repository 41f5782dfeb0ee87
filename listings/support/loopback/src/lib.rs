//! A server and a client on the loopback, for listings about HTTP itself.
//!
//! Nothing here is simulated but one thing, and only if asked for: how long a
//! connection takes to open ([`Server::far`]).

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use reqwest::{Client, ClientBuilder};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::{advance, sleep};

/// A server on a free port of 127.0.0.1, over plain HTTP/1.1 or HTTP/2. It runs
/// until its runtime ends.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The same as a URL, without a slash at the end.
    pub url: String,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Serves `app`.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(app: Router) -> io::Result<Self> {
        Self::far(app, Duration::ZERO).await
    }

    /// Serves `app` as if it were far away: a connection can be used only after
    /// `handshake`, by tokio's clock. One is accepted after the other.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn far(app: Router, handshake: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let listener = Far {
            listener,
            handshake,
        };
        let url = format!("http://{address}");
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let listener =
            listener.tap_io(move |_| _ = count.fetch_add(1, Relaxed));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            address,
            url,
            accepted,
        })
    }

    /// How many connections it has accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.accepted.load(Relaxed)
    }
}

/// A listener whose connections can be used only after a handshake.
struct Far {
    listener: TcpListener,
    handshake: Duration,
}

impl Listener for Far {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let accepted = Listener::accept(&mut self.listener).await;
        if !self.handshake.is_zero() {
            sleep(self.handshake).await;
        }
        accepted
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A client in the making: without a proxy, which would take calls to the
/// loopback too, and with a limit of five seconds on a call. It chooses ring for
/// TLS, unless something was chosen before.
pub fn client() -> ClientBuilder {
    // reqwest is built without a choice of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(Duration::from_secs(5))
}

/// Lets the paused clock of a test go on, a millisecond after the other, and each
/// only when the sockets of its runtime are quiet. Without it, the clock leaps to
/// the next timer while bytes are on their way: to tokio they are no work to do.
///
/// Call it first in a `#[tokio::test(start_paused = true)]` whose servers and
/// clients are all tasks of that test. Then seconds take no time, and if the
/// machine is busy, all of them wait, and none is late.
///
/// # Panics
/// The task that it starts, if the clock is not paused.
pub fn tick() {
    tokio::spawn(async {
        loop {
            let tick = std::time::Instant::now();
            // Each turn takes what came over sockets, and lets its tasks go on.
            // What they write to each other is there before the next turn.
            for _ in 0..8 {
                yield_now().await;
            }
            // A kernel's own timers know no paused clock: it should not be more
            // than forty times as fast as they are.
            while tick.elapsed() < Duration::from_micros(25) {
                yield_now().await;
            }
            advance(Duration::from_millis(1)).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::time::Instant;

    /// A handshake of 80 ms delays the first call, and not the second.
    #[tokio::test(start_paused = true)]
    async fn a_handshake_delays_the_first_call()
    -> Result<(), Box<dyn std::error::Error>> {
        tick();
        let app = Router::new().route("/", get(async || "Four"));
        let handshake = Duration::from_millis(80);
        let server = Server::far(app, handshake).await?;
        let client = client().build()?;
        let start = Instant::now();
        client.get(&server.url).send().await?.text().await?;
        let first = start.elapsed();
        client.get(&server.url).send().await?.text().await?;
        assert!(first >= handshake, "{first:?}");
        assert_eq!(server.connections(), 1);
        Ok(())
    }

    /// Calls of a second take a second each: the clock doesn't leap to their
    /// limit while bytes are on their way.
    #[tokio::test(start_paused = true)]
    async fn a_ticking_clock_waits_for_bytes()
    -> Result<(), Box<dyn std::error::Error>> {
        tick();
        let second = Duration::from_secs(1);
        let answer = async move || {
            sleep(second).await;
            "Four"
        };
        let app = Router::new().route("/", get(answer));
        let server = Server::start(app).await?;
        let client = client().timeout(second * 2).build()?;
        let start = Instant::now();
        for calls in 1..=3 {
            let answer = client.get(&server.url).send().await?;
            assert_eq!(answer.text().await?, "Four");
            let took = start.elapsed().as_secs_f64();
            assert!((took - f64::from(calls)).abs() < 0.1, "{took}");
        }
        Ok(())
    }

    /// Two calls in turn share a connection, and a second client opens another.
    #[tokio::test]
    async fn connections_are_counted() -> Result<(), Box<dyn std::error::Error>>
    {
        let app = Router::new().route("/", get(async || "Four"));
        let server = Server::start(app).await?;
        for _ in 0..2 {
            let client = client().build()?;
            for _ in 0..2 {
                let answer = client.get(&server.url).send().await?;
                assert_eq!(answer.text().await?, "Four");
            }
        }
        assert_eq!(server.connections(), 2);
        Ok(())
    }
}
