//! A client for each runtime: `cargo run --bin two-runtimes-right-way`
use axum::{Router, routing::post};
use loopback::Server;
use reqwest::Client;
use std::error::Error;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A client for one runtime: its connections are tasks of that runtime.
fn client() -> reqwest::Result<Client> {
    let limit = Duration::from_millis(500);
    loopback::client().timeout(limit).build()
}

async fn ask(client: &Client, server: &Server) -> reqwest::Result<String> {
    let request = client.post(&server.url).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// A runtime as `#[tokio::main]` and `#[tokio::test]` make them.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Asks twice in one runtime, then twice in another. Returns how many calls
/// each of them answered.
fn run() -> Result<[usize; 2], Box<dyn Error>> {
    // The server has a thread of its own.
    let mut servers = Builder::new_multi_thread();
    let servers = servers.worker_threads(1).enable_all().build()?;
    let app = Router::new().route("/", post(async || "Four"));
    let server = servers.block_on(Server::start(app))?;

    let first = (runtime()?, client()?);
    let second = (runtime()?, client()?);
    let mut answered = [0; 2];
    for (answered, (runtime, client)) in
        answered.iter_mut().zip([&first, &second])
    {
        for _ in 0..2 {
            let answer = runtime.block_on(ask(client, &server))?;
            *answered += usize::from(answer == "Four");
        }
    }
    println!("{} connections", server.connections());
    // The second call of each runtime used the connection of the first.
    assert_eq!(server.connections(), 2);
    Ok(answered)
}

fn main() -> Result<(), Box<dyn Error>> {
    let answered = run()?;
    assert_eq!(answered, [2, 2]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each runtime drives the connection that it opened.
    #[test]
    fn each_runtime_drives_its_own_connection() {
        assert_eq!(run().expect("the server runs"), [2, 2]);
    }
}
