//! A scripted LLM server that speaks OpenAI's protocol: what a lesson needs to
//! show a client against something that behaves like the real thing, and costs
//! nothing.
//!
//! # Layout
//!
//! A module uses only modules that come after it in this table.
//!
//! | modules | what they hold |
//! | --- | --- |
//! | `listen` | the server on a connection and on a socket |
//! | `server` | [`LlmServer`]: the routes, and what each of them answers |
//! | `answer`, `sse`, `pace` | an answer on its way, the events of a stream, when each token comes |
//! | `admission`, `call` | whether a request is admitted, and counted while it is answered |
//! | `state`, `load`, `limit`, `seen` | what all clones share: how busy each model is, its buckets, what came |
//! | `script_file`, `script`, `model` | what the server does, as TOML and in code |
//! | `protocol` | requests as they are read, answers and errors as they are written |
//! | `embedding`, `tokens`, `hash` | vectors for texts, texts in tokens, a stable hash |
//!
//! # What it does
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
//! OpenAI's API reference ("Chat", "Embeddings", "Models"), its guides "Error
//! codes" and "Rate limits", and WHATWG HTML, "Server-sent events". The clients
//! `async-openai` and `openai` for Python are content with it: see `tests/`.

#![warn(missing_docs)]

mod admission;
mod answer;
mod call;
mod embedding;
mod hash;
mod limit;
mod listen;
mod load;
mod model;
mod pace;
mod protocol;
mod script;
mod script_file;
mod seen;
mod server;
mod sse;
mod state;
mod tokens;

pub use embedding::DIMENSIONS;
pub use limit::reset;
pub use listen::Listening;
pub use model::{Failure, Malformed, Model};
pub use protocol::{ApiError, ChatRequest, Message};
pub use script::Script;
pub use script_file::{DEFAULT_SCRIPT, ScriptError};
pub use seen::{Entry, LOG, Seen};
pub use server::{BODY, LlmServer};
pub use tokens::estimated_tokens;
