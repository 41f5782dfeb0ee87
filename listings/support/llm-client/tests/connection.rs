//! A connection that is used again. The client waits for a body's end a tenth of
//! a second at most, so this has a program to itself: beside servers that never
//! end it would be late.

use llm_client::Client;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

const ANSWER: &str = "data: {\"choices\":[{\"index\":0,\"delta\":\
    {\"content\":\"one\"},\"finish_reason\":\"stop\"}]}\n\n\
    data: [DONE]\n\n";

/// Answers each request on a connection, and ends the body a little later.
async fn serve(socket: TcpStream) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    while let Some(length) = head(&mut socket).await? {
        socket.read_exact(&mut vec![0; length]).await?;
        let said = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
             transfer-encoding: chunked\r\n\r\n{:x}\r\n{ANSWER}\r\n",
            ANSWER.len()
        );
        socket.write_all(said.as_bytes()).await?;
        sleep(Duration::from_millis(5)).await;
        socket.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

/// Reads a head, and tells how long its body is; none where no more come.
async fn head(socket: &mut BufReader<TcpStream>) -> io::Result<Option<usize>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Ok(Some(length));
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
}

/// `[DONE]` is not the end of the body. Where that comes a little later, the
/// connection is used again all the same.
#[tokio::test]
async fn a_body_that_ends_after_done_leaves_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(serve(socket));
        }
    });
    let base = format!("http://127.0.0.1:{port}/v1");
    let client = Client::new(base, "k", "m").expect("it can be sent");
    for _ in 0..5 {
        client.complete("Why?").await.expect("it is whole");
        // The connection goes back to the pool in a task of its own.
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(accepted.load(Ordering::Relaxed), 1);
}
