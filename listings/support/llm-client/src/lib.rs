//! The client of chapter 17: one OpenAI-compatible endpoint, streamed answers,
//! one table of errors, a limit on everything.
//!
//! # Layout
//!
//! A module uses only modules that come after it in this table.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `client` | [`Client`], which asks one endpoint once, and its [`connections`] |
//! | `retry` | [`retry`]: when to ask again, with [`Backoff`] and [`Jitter`] |
//! | `answer` | [`pieces`]: how the bytes of a response become an [`Answer`], within [`Limits`] |
//! | `chunk` | what one event says |
//! | `sse` | [`Parser`]: from bytes to events |
//! | `request` | [`Request`]: what is asked |
//! | `error` | [`Error`]: why there is no answer, and the one table of what to do about it |
//! | `refusal` | [`Refusal`]: what a provider says when it won't answer |
//! | `retry_after` | for how long it asks us to stay away |
//! | `limits` | [`Limits`]: how long to wait, and how much to read |
//!
//! The [`Client`] is also a [`tower::Service`], so that tower's layers go around
//! it.

#![warn(missing_docs)]

mod answer;
mod chunk;
mod client;
mod error;
mod limits;
mod refusal;
mod request;
mod retry;
mod retry_after;
mod sse;

pub use answer::{Answer, Piece, Reply, begun, pieces, whole};
pub use chunk::Usage;
pub use client::{Client, connections};
pub use error::{Cause, Error, Phase, Remedy};
pub use limits::Limits;
pub use refusal::{Refusal, RefusalKind};
pub use request::Request;
pub use retry::{Backoff, Jitter, retry};
pub use retry_after::retry_after;
pub use sse::{Event, Parser, SseError};
