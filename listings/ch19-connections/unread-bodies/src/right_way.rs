//! A task reads each body: `cargo run --bin unread-bodies-right-way`
use axum::Router;
use axum::routing::post;
use loopback::Server;
use reqwest::{Client, Response};
use std::error::Error;
use std::time::Duration;
use tokio::task::JoinSet;

/// Vectors for a batch of texts: 3 MiB of them.
async fn embeddings() -> Vec<u8> {
    vec![b'0'; 3 << 20]
}

/// No body of ours is larger.
const MOST: usize = 16 << 20;

/// A short question. Whether it was answered within its limit.
async fn chat(client: &Client, url: String) -> reqwest::Result<bool> {
    let limit = Duration::from_millis(800);
    let request = client.post(url).timeout(limit).body("Twice two?");
    let head = request.send().await?.error_for_status()?;
    println!("The chat's head came");
    match head.text().await {
        Ok(text) => Ok(text == "Four"),
        Err(error) if error.is_timeout() => Ok(false),
        Err(error) => Err(error),
    }
}

type Fault = Box<dyn Error + Send + Sync>;

/// Reads a body, up to `MOST`; what is larger is dropped, and its stream reset.
async fn read(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST {
            return Err("the body is too large".into());
        }
    }
    Ok(body)
}

/// Asks for batches of embeddings, then a short question in between. Returns
/// whether that was answered, and how many bytes of embeddings came.
async fn run(batches: usize) -> Result<(bool, usize), Fault> {
    let app = Router::new()
        .route("/embeddings", post(embeddings))
        .route("/chat", post(async || "Four"));
    let server = Server::start(app).await?;
    let client = loopback::client().http2_prior_knowledge().build()?;
    let mut bodies = JoinSet::new();
    for _ in 0..batches {
        let url = format!("{}/embeddings", server.url);
        let request = client.post(url).body("A batch");
        let response = request.send().await?.error_for_status()?;
        // It is read from now on, whatever we await in the meantime.
        bodies.spawn(read(response));
    }
    let answered = chat(&client, format!("{}/chat", server.url)).await?;
    let mut bytes = 0;
    while let Some(body) = bodies.join_next().await {
        bytes += body??.len();
    }
    Ok((answered, bytes))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let (answered, bytes) = run(3).await?;
    println!("The chat was answered: {answered}");
    assert_eq!((answered, bytes), (true, 9 << 20));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies that are read hold nothing up, be they three or ten.
    #[tokio::test]
    async fn bodies_that_are_read_hold_nothing_up() {
        assert_eq!(run(10).await.expect("all is answered"), (true, 30 << 20));
        assert_eq!(run(3).await.expect("all is answered"), (true, 9 << 20));
    }

    /// Responses that are dropped unread give the window back.
    #[tokio::test]
    async fn bodies_that_are_dropped_hold_nothing_up() -> Result<(), Fault> {
        let app = Router::new()
            .route("/embeddings", post(embeddings))
            .route("/chat", post(async || "Four"));
        let server = Server::start(app).await?;
        let client = loopback::client().http2_prior_knowledge().build()?;
        let mut responses = Vec::new();
        for _ in 0..3 {
            let url = format!("{}/embeddings", server.url);
            responses.push(client.post(url).send().await?);
        }
        drop(responses);
        assert!(chat(&client, format!("{}/chat", server.url)).await?);
        assert_eq!(server.connections(), 1);
        Ok(())
    }
}
