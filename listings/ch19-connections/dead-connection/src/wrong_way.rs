//! A dead connection: `cargo run --bin dead-connection-wrong-way`
use axum::Router;
use axum::routing::post;
use loopback::Server;
use reqwest::Client;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A gateway on the way to it, which counts connections.
#[derive(Default)]
struct Gateway {
    accepted: AtomicUsize,
    outage: Notify,
}

impl Gateway {
    /// Carries bytes until an outage. Then nobody is there but the kernel,
    /// which acknowledges what comes.
    async fn carry(&self, mut client: TcpStream, to: SocketAddr) {
        let outage = self.outage.notified();
        let Ok(mut server) = TcpStream::connect(to).await else {
            return; // and the client's connection is closed
        };
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => {}
            () = outage => std::future::pending().await,
        }
    }

    async fn serve(self: Arc<Self>, to: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                self.accepted.fetch_add(1, Relaxed);
                let gateway = Arc::clone(&self);
                tokio::spawn(async move { gateway.carry(client, to).await });
            }
        });
        Ok(address)
    }
}

fn client() -> reqwest::Result<Client> {
    loopback::client()
        .http2_prior_knowledge()
        .timeout(Duration::from_millis(600))
        .build()
}

/// Asks, and reads the answer to its end.
async fn ask(client: &Client, url: &str) -> reqwest::Result<String> {
    let request = client.post(url).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// One call, an outage, six calls. Returns the answers and connections.
async fn run(client: Client) -> Result<(usize, usize), Box<dyn Error>> {
    let gateway = Arc::new(Gateway::default());
    let app = Router::new().route("/", post(async || "Four"));
    let provider = Server::start(app).await?;
    let address = Arc::clone(&gateway).serve(provider.address).await?;
    let url = format!("http://{address}/");
    ask(&client, &url).await?;
    // All connections go dark. New ones work: another machine takes over.
    gateway.outage.notify_waiters();
    println!("An outage");
    let mut answers = 0;
    for call in 1..=6 {
        let answer = ask(&client, &url).await;
        answers += usize::from(answer.is_ok());
        let how = if answer.is_ok() { "answered" } else { "failed" };
        println!("Call {call} {how}");
    }
    Ok((answers, gateway.accepted.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answers, connections) = run(client()?).await?;
    println!("{answers} answers over {connections} connection");
    assert_eq!((answers, connections), (0, 1), "nobody gave it up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six calls time out on one dead connection, and none opens another.
    #[tokio::test(start_paused = true)]
    async fn six_calls_time_out_on_one_connection() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let ran = run(client().expect("it is built")).await;
        assert_eq!(ran.expect("the gateway runs"), (0, 1));
    }
}
