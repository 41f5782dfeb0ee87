//! A paused clock and a real socket: `cargo run --bin test-layers-wrong-way`
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nFour";

/// A server outside of the runtime, as a real one is: it answers after a
/// fifth of a second by its own clock.
fn server() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection?;
            let request = BufReader::new(&connection).lines();
            let _ = request.map_while(Result::ok).find(String::is_empty);
            thread::sleep(Duration::from_millis(200));
            // The client may have gone by now.
            let _ = connection.write_all(ANSWER);
        }
        std::io::Result::Ok(())
    });
    Ok(address)
}

async fn ask(address: SocketAddr) -> reqwest::Result<String> {
    let limit = Duration::from_secs(30);
    let client = reqwest::Client::builder().timeout(limit).build()?;
    let url = format!("http://{address}/");
    // All tasks wait, and a socket is no timer: the paused clock leaps to the
    // next timer that there is, which is the limit.
    client.get(url).send().await?.text().await
}

/// Asks on a clock that stands still, as a test would. Whether it was too late.
fn is_late() -> Result<bool, Box<dyn std::error::Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let answer = runtime.block_on(ask(server()?));
    Ok(answer.is_err_and(|error| error.is_timeout()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = std::time::Instant::now();
    let late = is_late()?;
    println!("A limit of thirty seconds is over: {late}");
    assert!(late, "the answer was on its way");
    assert!(start.elapsed().as_secs() < 10, "nobody waited for long");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten calls of ten are too late, though each would be answered in a
    /// fifth of a second.
    #[test]
    fn every_call_is_too_late() {
        for _ in 0..10 {
            assert!(is_late().expect("a port is free"));
        }
    }
}
