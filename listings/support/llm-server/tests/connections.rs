//! What the server does with a connection: limits on time over a pipe, on the
//! paused clock; the rest over loopback, on the real one.

mod common;

use common::{chat, ms, s, server, streaming, with};
use futures::StreamExt;
use llm_server::{BODY, BODY_TIME, HEAD_TIME, Listening, LlmServer, Model};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Far more than anything here takes.
const LONG: Duration = Duration::from_secs(30);

/// A client's end of a connection to a server.
fn connected(llm: &LlmServer) -> DuplexStream {
    let (ours, theirs) = duplex(1024);
    let llm = llm.clone();
    tokio::spawn(async move { llm.serve_connection(theirs).await });
    ours
}

fn head(length: usize) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n\
         content-length: {length}\r\n\r\n"
    )
}

/// All that comes until the connection is closed, and when that was.
async fn rest(mut client: DuplexStream) -> (String, Instant) {
    let mut text = String::new();
    let read = timeout(10 * HEAD_TIME, client.read_to_string(&mut text));
    read.await.expect("in time").expect("it is closed");
    (text, Instant::now())
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_byte_by_byte_is_cut_off_in_time() {
    let llm = server(Model::new("m"));
    let mut client = connected(&llm);
    let start = Instant::now();
    let bytes = head(0);
    let mut sent = 0;
    for byte in bytes.bytes() {
        if client.write_all(&[byte]).await.is_err() {
            break;
        }
        sent += 1;
        sleep(s(1)).await;
    }
    assert!(start.elapsed() <= HEAD_TIME + s(1), "{:?}", start.elapsed());
    assert!(sent < bytes.len());
    assert_eq!(llm.seen().requests, 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_is_closed_in_time() {
    let llm = server(Model::new("m"));
    let start = Instant::now();
    let (text, end) = rest(connected(&llm)).await;
    assert_eq!((text.as_str(), end - start), ("", HEAD_TIME));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_byte_by_byte_is_refused_in_time() {
    let llm = server(Model::new("m"));
    let client = connected(&llm);
    let start = Instant::now();
    let (reader, mut writer) = tokio::io::split(client);
    let writing = tokio::spawn(async move {
        let _ = writer.write_all(head(10_000).as_bytes()).await;
        while writer.write_all(b" ").await.is_ok() {
            sleep(s(1)).await;
        }
    });
    let mut text = String::new();
    let mut reader = reader;
    reader
        .read_to_string(&mut text)
        .await
        .expect("it is closed");
    assert_eq!(start.elapsed(), BODY_TIME);
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert!(text.contains("x-request-id: req_"), "{text}");
    assert!(text.contains("\"invalid_request_error\""), "{text}");
    assert_eq!(llm.seen().status(408), 1);
    writing.abort();
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_long_is_refused() {
    let llm = server(Model::new("m"));
    let mut client = connected(&llm);
    let long = format!("GET /v1/models HTTP/1.1\r\na: {}", "b".repeat(100_000));
    let (mut reader, mut writer) = tokio::io::split(&mut client);
    let mut text = String::new();
    let (_, read) = tokio::join!(
        writer.write_all(long.as_bytes()),
        reader.read_to_string(&mut text)
    );
    read.expect("it is closed");
    assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
}

async fn listening(model: Model) -> (LlmServer, Listening) {
    let llm = server(model);
    let listening = llm.listen("127.0.0.1:0").await.expect("a free port");
    (llm, listening)
}

#[tokio::test]
async fn a_refusal_of_a_body_that_is_too_long_always_arrives() {
    let (_llm, listening) = listening(Model::new("m")).await;
    for path in ["/v1/chat/completions", "/v1/nowhere"] {
        for _ in 0..10 {
            let mut client = TcpStream::connect(listening.address())
                .await
                .expect("a connection");
            let length = 2 * BODY;
            let head = head(length).replace("/v1/chat/completions", path);
            client.write_all(head.as_bytes()).await.expect("sent");
            let chunk = vec![b' '; 64 * 1024];
            for _ in 0..length / chunk.len() {
                client.write_all(&chunk).await.expect("it is heard out");
            }
            let mut answer = [0; 12];
            client.read_exact(&mut answer).await.expect("an answer");
            let status = if path.ends_with("where") {
                "404"
            } else {
                "413"
            };
            assert_eq!(&answer[9..], status.as_bytes());
        }
    }
}

#[tokio::test]
async fn who_asks_before_sending_too_much_is_told_at_once() {
    let (_llm, listening) = listening(Model::new("m")).await;
    let mut client = TcpStream::connect(listening.address())
        .await
        .expect("a connection");
    let head =
        head(2 * BODY).replace("host: a", "host: a\r\nexpect: 100-continue");
    client.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    let read = client.read_exact(&mut answer);
    timeout(LONG, read)
        .await
        .expect("in time")
        .expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn the_first_token_is_not_held_on_a_connection_that_is_kept() {
    let model = Model::new("m").says("a b").first_token(ms(5));
    let (_llm, listening) = listening(model).await;
    let mut client = TcpStream::connect(listening.address())
        .await
        .expect("a connection");
    client.set_nodelay(true).expect("a socket");
    let body = streaming("go").to_string();
    let request = format!("{}{body}", head(body.len()));
    let mut took = Vec::new();
    for _ in 0..12 {
        let start = Instant::now();
        client.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let mut first = None;
        while !answer.ends_with(b"0\r\n\r\n") {
            let mut chunk = [0; 4096];
            let length = client.read(&mut chunk).await.expect("more");
            answer.extend_from_slice(&chunk[..length]);
            if answer.windows(10).any(|w| w == b"\"content\":") {
                first.get_or_insert(start.elapsed());
            }
        }
        took.push(first.expect("a token"));
    }
    // With Nagle's algorithm, each would wait for a delayed acknowledgement, 40
    // ms, once the first few are over: those are acknowledged at once. A busy
    // machine is late now and then, but not always.
    let least = took[7..].iter().min().expect("there are some");
    assert!(*least < ms(30), "{took:?}");
}

#[tokio::test]
async fn a_shutdown_ends_open_streams_and_tells_them() {
    let model = Model::new("m").says("a b c").stalls_after(1);
    let (llm, listening) = listening(model).await;
    let client = reqwest_client();
    let mut streams = Vec::new();
    for path in ["chat/completions", "responses"] {
        let request = match path {
            "responses" => {
                json!({ "model": "m", "input": "go", "stream": true })
            }
            _ => with(chat("go"), json!({ "stream": true })),
        };
        let response = client
            .post(format!("{}/{path}", listening.base_url()))
            .body(request.to_string())
            .send()
            .await
            .expect("an answer");
        streams.push(response.bytes_stream());
    }
    let begun = async {
        while llm.seen().completion_tokens < 2 {
            sleep(ms(5)).await;
        }
    };
    timeout(LONG, begun).await.expect("they have begun");
    let start = Instant::now();
    listening.shutdown().await;
    assert!(start.elapsed() < s(4), "it hung: {:?}", start.elapsed());
    for stream in streams {
        let chunks: Vec<_> = stream.collect().await;
        let chunks = chunks.into_iter().collect::<Result<Vec<_>, _>>();
        let text = chunks.expect("a stream that is whole").concat();
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(text.contains("The server is shutting down."), "{text}");
        assert!(!text.contains("[DONE]"), "{text}");
    }
    let seen = llm.seen();
    assert_eq!((seen.in_flight, seen.aborted, seen.completed), (0, 2, 0));
}

fn reqwest_client() -> reqwest::Client {
    // Plain HTTP needs no certificates, but reqwest wants to know whose TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}
