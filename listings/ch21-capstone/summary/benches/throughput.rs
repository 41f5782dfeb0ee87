//! How long the whole pipeline takes over HTTP, beside the least that it can:
//! `cargo bench --package summary`
//!
//! No run can be quicker than the slower of two bounds.
//!
//! - **Latency.** `N` calls at once need `ceil(chunks / N)` rounds, and then the
//!   story.
//! - **Quota.** A full bucket of tokens, and what flows in: the last chunk can't
//!   begin before its tokens are there, nor the story before all are.
//!
//! Each run has to be within a tenth of its bound, or the bench fails.

use llm_client::{Client, Jitter};
use llm_server::{LlmServer, Model, Script};
use std::time::Duration;
use summary::checkpoint::Checkpoint;
use summary::document::{Chunk, MOONSTONE, cut, tokens};
use summary::pipeline::Pipeline;
use summary::rehearsal;
use summary::settings::{Limits, Settings};
use summary::shutdown::Shutdown;
use tokio::time::Instant;

const MODEL: &str = "bench";
const LATENCY: Duration = Duration::from_millis(800);
const SENTENCE: &str = "Something happens.";
const LIMITS: Limits = Limits {
    requests_per_minute: 600,
    tokens_per_minute: 29_500,
};

fn settings(concurrency: usize) -> Settings {
    Settings {
        model: MODEL.to_owned(),
        fallback: MODEL.to_owned(),
        concurrency,
        limits: LIMITS,
        ..rehearsal::settings()
    }
}

/// The two bounds, in seconds.
fn bounds(settings: &Settings, chunks: &[Chunk]) -> (f64, f64) {
    let latency = LATENCY.as_secs_f64();
    let rounds = chunks.len().div_ceil(settings.concurrency);
    let rounds = u32::try_from(rounds).expect("few");
    let calls: u32 =
        chunks.iter().map(|chunk| settings.about(chunk).cost).sum();
    let story = settings.about_all(&vec![SENTENCE; chunks.len()]).cost;
    let quota = LIMITS.tokens();
    let until = |spent: u32| {
        let missing = spent.saturating_sub(quota.burst);
        f64::from(missing) * 60.0 / f64::from(quota.per_minute)
    };
    let quota = (until(calls) + latency).max(until(calls + story));
    (f64::from(rounds) * latency + latency, quota + latency)
}

async fn measure(concurrency: usize, chunks: &[Chunk]) -> f64 {
    let model = Model::new(MODEL)
        .tokenizer(tokens)
        .says(SENTENCE)
        .first_token(LATENCY)
        .requests_per_minute(LIMITS.requests_per_minute.into())
        .tokens_per_minute(LIMITS.tokens_per_minute.into());
    let server = LlmServer::new(Script::new().model(model));
    let listening = server.listen("127.0.0.1:0").await.expect("a free port");
    let client = Client::new(listening.base_url(), "none", MODEL);
    let pipeline = Pipeline::new(
        client.expect("a client"),
        settings(concurrency),
        Jitter::random(),
        Box::new(|_| ()),
    );
    let dir = tempfile::TempDir::new().expect("a folder");
    let path = dir.path().join("summary.jsonl");
    let saved = Checkpoint::open(&path, chunks, &settings(concurrency));
    let saved = saved.expect("there is none yet");
    let start = Instant::now();
    let story = pipeline
        .run(chunks.to_vec(), saved, &Shutdown::default())
        .await;
    let took = start.elapsed().as_secs_f64();
    story.expect("it is told");
    assert_eq!(server.seen().status(429), 0);
    took
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let chunks = cut(MOONSTONE, settings(1).chunk_tokens);
    println!(" N   took   latency   quota   over the bound");
    for concurrency in [1, 4, 16] {
        let (latency, quota) = bounds(&settings(concurrency), &chunks);
        let took = measure(concurrency, &chunks).await;
        let over = 100.0 * (took / latency.max(quota) - 1.0);
        println!(
            "{concurrency:2}  {took:4.1} s  {latency:6.1} s  {quota:4.1} s  \
             {over:6.1} %"
        );
        assert!((0.0..10.0).contains(&over), "a tenth at most");
    }
}
