//! One client in two runtimes: `cargo run --bin two-runtimes-wrong-way`
use axum::{Router, routing::post};
use loopback::Server;
use reqwest::Client;
use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// One client for all of the program.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let limit = Duration::from_millis(500);
    let client = loopback::client().timeout(limit).build();
    client.expect("nothing in it can be wrong")
});

async fn ask(server: &Server) -> reqwest::Result<String> {
    let request = CLIENT.post(&server.url).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// A runtime as `#[tokio::main]` and `#[tokio::test]` make them.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Asks in one runtime, then in another. Returns which calls were answered.
fn run() -> Result<[bool; 2], Box<dyn Error>> {
    // The server has a thread of its own.
    let mut servers = Builder::new_multi_thread();
    let servers = servers.worker_threads(1).enable_all().build()?;
    let app = Router::new().route("/", post(async || "Four"));
    let server = servers.block_on(Server::start(app))?;

    let (first, second) = (runtime()?, runtime()?);
    let mut answered = [false; 2];
    for (answered, runtime) in answered.iter_mut().zip([&first, &second]) {
        match runtime.block_on(ask(&server)) {
            Ok(answer) => *answered = answer == "Four",
            Err(error) if error.is_timeout() => println!("Timed out"),
            Err(error) => return Err(error.into()),
        }
    }
    println!("{} connection", server.connections());
    Ok(answered)
}

fn main() -> Result<(), Box<dyn Error>> {
    let answered = run()?;
    // The connection is a task of the first runtime, which stands still.
    assert_eq!(answered, [true, false]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second runtime waits for a connection that the first must drive.
    #[test]
    fn the_second_runtime_waits_for_the_first() {
        assert_eq!(run().expect("the server runs"), [true, false]);
    }
}
