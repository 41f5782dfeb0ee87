//! Heads now, bodies later: `cargo run --bin unread-bodies-wrong-way`
use axum::Router;
use axum::routing::post;
use loopback::Server;
use reqwest::{Client, Response};
use std::error::Error;
use std::time::Duration;

/// Vectors for a batch of texts: 3 MiB of them.
async fn embeddings() -> Vec<u8> {
    vec![b'0'; 3 << 20]
}

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

/// Asks for batches of embeddings, then a short question in between. Returns
/// whether that was answered, and how many bytes of embeddings came.
async fn run(batches: usize) -> Result<(bool, usize), Box<dyn Error>> {
    let app = Router::new()
        .route("/embeddings", post(embeddings))
        .route("/chat", post(async || "Four"));
    let server = Server::start(app).await?;
    let client = loopback::client().http2_prior_knowledge().build()?;
    let mut responses: Vec<Response> = Vec::new();
    for _ in 0..batches {
        let url = format!("{}/embeddings", server.url);
        let request = client.post(url).body("A batch");
        // Here is the head. The body is read when all are there.
        responses.push(request.send().await?.error_for_status()?);
    }
    let answered = chat(&client, format!("{}/chat", server.url)).await?;
    let mut bytes = 0;
    for response in responses {
        bytes += response.bytes().await?.len();
    }
    Ok((answered, bytes))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, bytes) = run(3).await?;
    println!("The chat was answered: {answered}");
    assert_eq!((answered, bytes), (false, 9 << 20));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two unread bodies do no harm, and three keep the next from coming.
    #[tokio::test]
    async fn three_unread_bodies_hold_up_the_fourth() {
        assert_eq!(run(2).await.expect("all is answered"), (true, 6 << 20));
        assert_eq!(run(3).await.expect("the head comes"), (false, 9 << 20));
    }
}
