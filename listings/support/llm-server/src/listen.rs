//! The server on a connection, and on a socket.

use crate::server::LlmServer;
use crate::shutdown::Shutdown;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// The longest that the head of a request (its first line and its headers) may
/// take to arrive, counted from the answer before, or from the beginning of the
/// connection. So it is also how long a connection may be idle.
pub const HEAD_TIME: Duration = Duration::from_mins(1);

/// The longest head of a request, and the most that is kept of an answer which
/// its client does not read, in bytes; the socket's buffers come on top.
const BUFFER: usize = 64 * 1024;

/// How long those whose answers are under way have when the server ends.
const GRACE: Duration = Duration::from_secs(5);

/// How long the server waits when it can't accept: no file descriptors, say.
const RESPITE: Duration = Duration::from_millis(50);

impl LlmServer {
    /// Serves one connection, HTTP/1.1, until it ends: a socket, or one half of
    /// `tokio::io::duplex`.
    pub async fn serve_connection<I>(&self, io: I)
    where
        I: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        serve(self.router(), io, Shutdown::default()).await;
    }

    /// Listens on a socket, in a task of its own; port 0 finds a free one.
    ///
    /// # Errors
    /// If it can't: the port is in use, say.
    pub async fn listen(
        &self,
        address: impl ToSocketAddrs,
    ) -> io::Result<Listening> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (end, ended) = watch::channel(false);
        let shutdown = Shutdown::when(ended);
        let router = self.until(shutdown.clone()).router();
        let task = tokio::spawn(accept(router, listener, shutdown));
        Ok(Listening { address, end, task })
    }
}

/// How a connection is served.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(BUFFER);
    http
}

/// Serves one connection until it ends, or until it is idle once the shutdown
/// has begun.
async fn serve<I>(router: Router, io: I, mut shutdown: Shutdown)
where
    I: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut connection =
        pin!(http().serve_connection(TokioIo::new(io), service));
    // What ends a connection is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = shutdown.begun() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn accept(router: Router, listener: TcpListener, mut shutdown: Shutdown) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.begun() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Each token is to leave at once.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(
                        router.clone(),
                        stream,
                        shutdown.clone(),
                    ));
                }
                Err(_) => sleep(RESPITE).await,
            },
        }
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(GRACE, rest).await;
}

/// A server on its socket. Dropped, it ends at once, with all connections.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What `OPENAI_BASE_URL` has to be: `http://127.0.0.1:4000/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Takes no more connections, ends the streams that are open, each with an
    /// event that tells of it, and waits for other answers that are under way,
    /// at most five seconds.
    pub async fn shutdown(mut self) {
        self.end.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}
