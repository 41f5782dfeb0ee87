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

/// Nobody should wait longer for a short answer.
const LIMIT: Duration = Duration::from_millis(800);

/// A short question. Whether it was answered within its limit.
async fn chat(
    client: &Client,
    url: String,
    limit: Duration,
) -> reqwest::Result<bool> {
    let request = client.post(url).timeout(limit).body("Twice two?");
    let asked = async {
        let head = request.send().await?.error_for_status()?;
        println!("The chat's head came");
        head.text().await
    };
    match asked.await {
        Ok(text) => Ok(text == "Four"),
        Err(error) if error.is_timeout() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Asks for batches of embeddings, then a short question in between. Returns
/// whether that was answered, and how many bytes of embeddings came.
async fn run(
    batches: usize,
    limit: Duration,
) -> Result<(bool, usize), Box<dyn Error>> {
    let app = Router::new()
        .route("/embeddings", post(embeddings))
        .route("/chat", post(async || "Four"));
    let server = Server::start(app).await?;
    let client = loopback::client()
        .http2_prior_knowledge()
        .timeout(Duration::from_secs(30))
        .build()?;
    let mut responses: Vec<Response> = Vec::new();
    for _ in 0..batches {
        let url = format!("{}/embeddings", server.url);
        let request = client.post(url).body("A batch");
        // Here is the head. The body is read when all are there.
        responses.push(request.send().await?.error_for_status()?);
    }
    let answered = chat(&client, format!("{}/chat", server.url), limit).await?;
    let mut bytes = 0;
    for response in responses {
        bytes += response.bytes().await?.len();
    }
    Ok((answered, bytes))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, bytes) = run(3, LIMIT).await?;
    println!("The chat was answered: {answered}");
    assert_eq!((answered, bytes), (false, 9 << 20));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two unread bodies do no harm, and three keep the next from coming.
    #[tokio::test(start_paused = true)]
    async fn three_unread_bodies_hold_up_the_fourth() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let two = run(2, Duration::from_secs(30)).await;
        assert_eq!(two.expect("all is answered"), (true, 6 << 20));
        let three = run(3, LIMIT).await;
        assert_eq!(three.expect("all is read"), (false, 9 << 20));
    }
}
