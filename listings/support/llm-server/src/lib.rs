//! A scripted LLM server that speaks OpenAI's protocol: what a lesson needs to
//! show a client against something that behaves like the real thing, and costs
//! nothing.
//!
//! It answers `POST /v1/chat/completions` (plain, and as a stream),
//! `POST /v1/embeddings` and `GET /v1/models`. A [`Script`] says for each
//! [`Model`] what it says and how fast, when it fails, what it allows, and how
//! its streams are malformed. [`LlmServer::seen`] tells what came.
//!
//! All time is tokio's: latencies, limits and resets follow a paused clock. In a
//! test there are three ways to it: [`LlmServer::router`] without a connection,
//! [`LlmServer::serve_connection`] over any duplex stream, both of which a paused
//! clock can drive, and [`LlmServer::listen`] on a socket, which needs the real
//! one.
//!
//! ```
//! use llm_server::{LlmServer, Model, Script};
//! use std::time::Duration;
//!
//! # async fn example() -> std::io::Result<()> {
//! let model = Model::new("small")
//!     .says("Forty-two.")
//!     .first_token(Duration::from_millis(300))
//!     .concurrency(3);
//! let llm = LlmServer::new(Script::new().model(model));
//! let listening = llm.listen("127.0.0.1:0").await?;
//! println!("OPENAI_BASE_URL={}", listening.base_url());
//! // … calls …
//! assert_eq!(llm.seen().status(429), 0);
//! listening.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What is counted how
//!
//! A prompt has one token for every four bytes, rounded up, unless
//! [`Model::tokenizer`] says otherwise; an answer is streamed word by word, and
//! each word is a token, with the blanks before it. Every token has its time,
//! counted from the request, whether or not the client reads.
//!
//! An *attempt* is a request among those with the same messages to the same
//! model, so that a script says how often each prompt fails, in whatever order
//! the prompts come ([`Model::fails`], [`Model::slow`]). A *request* is one among
//! all to the model ([`Model::fails_request`], [`Model::slow_request`]). Both
//! count from 1, and what is refused counts.
//!
//! A request is judged in this order: the key, the body, the model, how many
//! there are at once, requests per minute, tokens per minute, the failures of
//! the script, the length of the context. Jitter comes from the script's seed,
//! the model's name and the request's number: what else goes on changes nothing.
//!
//! # Sources
//!
//! OpenAI's API reference («Chat», «Embeddings», «Models»), its guides «Error
//! codes» and «Rate limits», and WHATWG HTML, «Server-sent events». The clients
//! `async-openai` and `openai` for Python are content with it: see `tests/`.

#![warn(missing_docs)]

mod answer;
mod count;
mod error;
mod limit;
mod listen;
mod load;
mod script;
mod server;
mod sse;
mod wire;

pub use count::{Entry, LOG, Seen};
pub use error::ApiError;
pub use limit::reset;
pub use listen::Listening;
pub use script::{
    DEFAULT_SCRIPT, DIMENSIONS, Failure, Malformed, Model, Script, ScriptError,
    estimated_tokens,
};
pub use server::{BODY, LlmServer};
pub use wire::{ChatRequest, Message};
