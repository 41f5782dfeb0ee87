//! A task reads each body: `cargo run --bin unread-bodies-right-way`
use axum::Router;
use axum::routing::post;
use loopback::Server;
use reqwest::{Client, Response};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

/// Vectors for a batch of texts: 3 MiB of them.
async fn embeddings() -> Vec<u8> {
    vec![b'0'; 3 << 20]
}

/// No body of ours is larger.
const MOST: usize = 16 << 20;

/// Nobody should wait longer for a short answer.
const LIMIT: Duration = Duration::from_millis(800);
/// So many bodies are in flight at once.
const AT_ONCE: usize = 4;

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

/// Asks for one batch, and reads it.
async fn batch(client: Client, url: String, index: usize) -> Batch {
    let request = client.post(url).body(format!("Batch {index}"));
    read(request.send().await?.error_for_status()?).await
}

type Batch = Result<Vec<u8>, Fault>;

/// Asks for batches of embeddings, then a short question in between. Returns
/// whether that was answered, and each batch or why it failed, in their order.
async fn run(
    app: Router,
    batches: usize,
    limit: Duration,
) -> Result<(reqwest::Result<bool>, Vec<Batch>), Fault> {
    let server = Server::start(app).await?;
    let longest = Duration::from_secs(30);
    let client = loopback::client().http2_prior_knowledge();
    let client = client.timeout(longest).build()?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = Vec::new();
    for index in 0..batches {
        let url = format!("{}/embeddings", server.url);
        let place = Arc::clone(&places).acquire_owned().await?;
        let body = batch(client.clone(), url, index);
        // It is read from now on, whatever we await in the meantime.
        let task = tokio::spawn(async move {
            let _place = place;
            body.await
        });
        tasks.push(AbortOnDropHandle::new(task));
    }
    let url = format!("{}/chat", server.url);
    // No `?`: an error here would drop the batches, which are paid for.
    let answered = chat(&client, url, limit).await;
    let mut bodies = Vec::new();
    for task in tasks {
        // One that fails doesn't take along what the others cost.
        bodies.push(task.await.map_err(Fault::from).flatten());
    }
    Ok((answered, bodies))
}

fn app() -> Router {
    Router::new()
        .route("/embeddings", post(embeddings))
        .route("/chat", post(async || "Four"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let (answered, bodies) = run(app(), 3, LIMIT).await?;
    let answered = answered?;
    println!("The chat was answered: {answered}");
    assert!(answered);
    for body in bodies {
        assert_eq!(body?.len(), 3 << 20);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    const LONG: Duration = Duration::from_secs(30);

    /// Bodies that are read hold nothing up, be they three or ten.
    #[tokio::test]
    async fn bodies_that_are_read_hold_nothing_up() -> Result<(), Fault> {
        for batches in [3, 10] {
            let (answered, bodies) = run(app(), batches, LONG).await?;
            assert!(answered?);
            let lengths = bodies.into_iter().map(|body| body.map(|b| b.len()));
            let lengths: Vec<usize> = lengths.collect::<Result<_, _>>()?;
            assert_eq!(lengths, vec![3 << 20; batches]);
        }
        Ok(())
    }

    /// A batch that fails leaves the others, and we know which it was. So does
    /// a chat.
    #[tokio::test]
    async fn one_failure_costs_one_batch() -> Result<(), Fault> {
        let fails = async |batch: String| match batch.as_str() {
            "Batch 1" => Err(StatusCode::INTERNAL_SERVER_ERROR),
            _ => Ok(batch),
        };
        let app = Router::new()
            .route("/embeddings", post(fails))
            .route("/chat", post(async || StatusCode::BAD_GATEWAY));
        let (answered, bodies) = run(app, 3, LONG).await?;
        assert!(answered.is_err_and(|error| error.is_status()));
        let bodies: Vec<_> = bodies.into_iter().map(Result::ok).collect();
        let whole = |text: &str| Some(text.as_bytes().to_vec());
        assert_eq!(bodies, [whole("Batch 0"), None, whole("Batch 2")]);
        Ok(())
    }

    /// Responses that are dropped unread give the window back.
    #[tokio::test]
    async fn bodies_that_are_dropped_hold_nothing_up() -> Result<(), Fault> {
        let server = Server::start(app()).await?;
        let client = loopback::client().http2_prior_knowledge();
        let client = client.timeout(LONG).build()?;
        let mut responses = Vec::new();
        for _ in 0..3 {
            let url = format!("{}/embeddings", server.url);
            responses.push(client.post(url).send().await?);
        }
        drop(responses);
        let url = format!("{}/chat", server.url);
        assert!(chat(&client, url, LONG).await?);
        assert_eq!(server.connections(), 1);
        Ok(())
    }
}
