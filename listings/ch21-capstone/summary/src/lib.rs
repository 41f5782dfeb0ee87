//! A document summarised by a language model: cut, asked about within a budget,
//! saved as it goes, and put together.
//!
//! Each module has one job and can be read alone. [`pipeline`] joins them.

pub mod budget;
pub mod call;
pub mod checkpoint;
pub mod client;
pub mod document;
pub mod hedge;
pub mod pipeline;
pub mod progress;
pub mod provider;
pub mod rehearsal;
pub mod retry;
pub mod settings;
pub mod shutdown;
pub mod wire;

#[cfg(test)]
mod fake;
