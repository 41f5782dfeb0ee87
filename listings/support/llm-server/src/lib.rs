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
//! | `routes` | the routes, and what each of them answers |
//! | `intake`, `server` | the body of a request; [`LlmServer`]: who asks which model |
//! | `whole`, `embedder` | answers in one piece, and embeddings |
//! | `answer` | an answer on its way |
//! | `events`, `chat_events`, `response_events` | the events of a stream, in either protocol |
//! | `sse`, `items`, `said` | events as bytes, the items of a response, a token that was said |
//! | `reply`, `shape` | what a model says to a request, and JSON of a shape |
//! | `pace` | when each token comes |
//! | `admission`, `call` | whether a request is admitted, and counted while it is answered |
//! | `state`, `load`, `limit`, `seen`, `shutdown` | what all clones share: how busy each model is, its buckets, what came, whether it is to end |
//! | `script_file`, `script`, `model`, `refusal`, `turn` | what the server does, as TOML and in code |
//! | `protocol` | requests as they are read, answers and errors as they are written |
//! | `embedding`, `tokens`, `id`, `hash` | vectors for texts, texts in tokens, ids, a stable hash |
//!
//! # What it does
//!
//! It answers `POST /v1/chat/completions` and `POST /v1/responses` (plain, and as
//! a stream), `POST /v1/embeddings` and `GET /v1/models`. A [`Script`] says for
//! each [`Model`] what it says or which tools it calls and how fast, when it
//! fails, what it allows, and how its streams are malformed. [`LlmServer::seen`]
//! tells what came.
//!
//! What a request asks for is done, or refused as the API refuses it: with 400,
//! the parameter and a code. `stop`, `n`, `max_tokens`, `tools`, `tool_choice`,
//! `response_format` and `logprobs` do what they do there. A script's words are
//! what they are, so `temperature`, `top_p`, `seed` and penalties are checked and
//! change nothing, and all of `n` answers say the same. Where a request asks for
//! JSON, an object is said as the script has it, and any other text becomes the
//! least that the schema describes. Nothing is stored: there is no
//! `previous_response_id`.
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
//! Equal requests get equal answers, except for their ids, which never repeat.
//!
//! # Its limits
//!
//! On a connection, the head of a request may take [`HEAD_TIME`], which is also
//! how long it may be idle; its body may take [`BODY_TIME`] (then: 408) and have
//! [`BODY`] bytes. A body that is longer is read and forgotten, up to 32 MiB, so
//! that the 413 arrives. A request for embeddings has at most 2048 texts, whose
//! vectors are made one by one while they are sent; so are the choices of one
//! with `n`. An answer that tells `logprobs` has at most 4096 tokens. A client
//! that does not read holds what its socket and 64 KiB take, and the tokens in
//! there count as sent. [`Listening::shutdown`] ends open streams with an event
//! that says so, and waits five seconds for other answers.
//!
//! Every response has an `x-request-id`, except those of hyper to what is no
//! HTTP/1.1 at all.
//!
//! # Sources
//!
//! OpenAI's API reference ("Chat", "Responses", "Embeddings", "Models"), its
//! guides "Error codes", "Rate limits" and "Structured outputs", errors as they
//! are reported in public, and WHATWG HTML, "Server-sent events". The clients
//! `async-openai` and `openai` for Python and for Node are content with it: see
//! `tests/`.

#![warn(missing_docs)]

mod admission;
mod answer;
mod call;
mod chat_events;
mod embedder;
mod embedding;
mod events;
mod hash;
mod id;
mod intake;
mod items;
mod limit;
mod listen;
mod load;
mod model;
mod pace;
mod protocol;
mod refusal;
mod reply;
mod response_events;
mod routes;
mod said;
mod script;
mod script_file;
mod seen;
mod server;
mod shape;
mod shutdown;
mod sse;
mod state;
mod tokens;
mod turn;
mod whole;

pub use embedding::DIMENSIONS;
pub use intake::{BODY, BODY_TIME};
pub use limit::reset;
pub use listen::{HEAD_TIME, Listening};
pub use model::{Malformed, Model};
pub use protocol::{
    ApiError, ChatRequest, ErrorBody, Message, ResponseFormat, RetryAfter,
    Tool, ToolChoice,
};
pub use refusal::{Failure, Refusal};
pub use script::Script;
pub use script_file::{DEFAULT_SCRIPT, ScriptError};
pub use seen::{Entry, LOG, Seen};
pub use server::LlmServer;
pub use tokens::estimated_tokens;
pub use turn::Turn;
