//! Lessons, their transcripts and claims, and the book they make.
//!
//! A *lesson* is a crate below `listings/`; its *listings* are its programs; a
//! *transcript* is what one printed, when, and how it ended; a *claim* is a
//! fact about a run that a test asserts. The [preprocessor](book::Lessons)
//! turns the directives of a chapter into all of these.
//!
//! The core is pure, from text to text or to faults; [`library`], [`book`],
//! [`run`], [`process`], [`cargo`] and [`record`] touch files and processes.

pub mod appendix;
pub mod ask;
pub mod book;
pub mod bundle;
pub mod cargo;
pub mod claim;
pub mod diff;
pub mod directive;
pub mod drawing;
pub mod expand;
pub mod fault;
pub mod figure;
pub mod glossary;
pub mod highlight;
pub mod lateness;
pub mod lesson;
pub mod library;
pub mod links;
pub mod measure;
pub mod page;
pub mod pair;
pub mod predict;
pub mod process;
pub mod prose;
pub mod record;
pub mod run;
pub mod source;
pub mod syntax;
pub mod timeline;
pub mod transcript;
