//! The model of the workbook: what lessons are, read from disk into finished
//! values. No mdBook, no tokio, no processes.
//!
//! Layout:
//!
//! - [`load`](Library::load) reads `listings/` into a [`Library`] and gathers
//!   what is wrong with it
//! - [`Library`], [`Lesson`], [`Listing`]: what there is, found by name
//! - [`Question`]: a prediction with its choices, computed from recorded runs
//! - [`query`]: the value of a [`Figure`] for one run
//! - [`timeline`], [`comparison`], [`transcript`]: recorded runs, drawn as bars
//!   and held against new ones
//! - [`metadata`]: `lesson.toml`, parsed once; [`Figure`] and [`Choice`] are the
//!   words in it
//! - [`claim`], [`Source`]: a listing's text, and what it asserts; [`syntax`]
//!   reads a program that may be nested too deep, [`items`] its items
//! - [`format`](mod@format): how a figure is written
//! - [`Problem`], [`Fault`]: what is wrong, and where

mod choice;
pub mod claim;
pub mod comparison;
mod figure;
pub mod format;
pub mod items;
mod lesson;
mod library;
mod listing;
mod load;
pub mod metadata;
mod problem;
pub mod query;
mod question;
mod source;
pub mod syntax;
pub mod timeline;
pub mod transcript;
mod way;

pub use choice::Choice;
pub use figure::{Figure, Outcome, Value};
pub use lesson::{Lesson, Module};
pub use library::{Library, SupportCrate};
pub use listing::Listing;
pub use problem::{Fault, Faults, Problem, line_of};
pub use question::Question;
pub use source::Source;
pub use way::{Kind, ListingId, Way};
