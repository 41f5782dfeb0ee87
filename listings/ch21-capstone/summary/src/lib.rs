//! A document summarised by a language model: cut, asked about within a budget,
//! saved as it goes, and put together.
//!
//! # Layout
//!
//! A module uses only modules that come after it in this table.
//!
//! | modules | what they hold |
//! | --- | --- |
//! | `provider`, `rehearsal` | who is asked: a real server, or the book's own |
//! | `pipeline` | from chunks to a story: what is begun, saved and put together |
//! | `ask` | one question: its turn, its retries, its hedge, the other model |
//! | `progress`, `cost`, `shutdown` | what happened, what it cost, and when to stop |
//! | `checkpoint` | what is done, on disk |
//! | `budget`, `hedge` | requests and tokens a minute; a second call |
//! | `settings`, `call`, `document` | all that can be chosen, a question, the chunks |
//!
//! HTTP, errors and pauses are `llm-client`'s.

pub mod ask;
pub mod budget;
pub mod call;
pub mod checkpoint;
pub mod cost;
pub mod document;
pub mod hedge;
pub mod pipeline;
pub mod progress;
pub mod provider;
pub mod rehearsal;
pub mod settings;
pub mod shutdown;

#[cfg(test)]
mod fake;
