//! Connections: each is served on its own, and one on which nobody asks for
//! anything ends.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long the head of a request is waited for, the first and the next. A
/// browser connects again.
pub const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// How long no connection is taken where the system has no room for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves what comes, and never ends.
pub async fn serve(listener: TcpListener, routes: Router) -> Infallible {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // One that is gone already, or too many files are open.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // A line of a run is small, and is not to wait for the next.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(routes.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // What ends it early is the other side's affair.
        tokio::spawn(connection.with_upgrades());
    }
}
