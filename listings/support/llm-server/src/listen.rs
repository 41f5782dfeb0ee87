//! The server on a connection, and on a socket.

use crate::server::LlmServer;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
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
        let (_end, never) = watch::channel(false);
        serve(self.router(), io, never).await;
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
        let task = tokio::spawn(accept(self.router(), listener, ended));
        Ok(Listening { address, end, task })
    }
}

/// Waits until it is true, or until nobody can say so any more.
async fn ended(end: &mut watch::Receiver<bool>) {
    let _ = end.wait_for(|end| *end).await;
}

/// Serves one connection until it ends, or until it is idle once `end` is true.
async fn serve<I>(router: Router, io: I, mut end: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut connection =
        pin!(http1::Builder::new().serve_connection(TokioIo::new(io), service));
    // What ends a connection is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = ended(&mut end) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn accept(
    router: Router,
    listener: TcpListener,
    mut end: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = ended(&mut end) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Each token is to leave at once.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(
                        router.clone(),
                        stream,
                        end.clone(),
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

    /// Takes no more connections, and waits for answers that are under way, at
    /// most five seconds.
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
