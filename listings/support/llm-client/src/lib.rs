//! The hand-made client of chapter 17, as a library for what builds on it.
//!
//! # Layout
//!
//! A module uses only modules that come after it in this table.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `client` | [`Client`], which asks one endpoint, and [`whole`] |
//! | `sse` | [`pieces`]: how the bytes of a response become an [`Answer`], within [`Limits`] |
//! | `error` | [`Error`]: what a response without an answer means |
//!
//! `listings/ch17-client-by-hand/by-hand` shows it whole, on one page; here are
//! its parts with their tests. The [`Client`] is also a [`tower::Service`], so
//! that tower's layers go around it.

#![warn(missing_docs)]

mod client;
mod error;
mod sse;

pub use client::{Client, whole};
pub use error::Error;
pub use sse::{Answer, Limits, Piece, Usage, pieces};
