//! The printed course: sheets for students, a copy for instructors.
//!
//! A chapter is expanded by the book's own preprocessor, parsed by mdBook's
//! own parser, and handed to a Typst template as data: nothing is escaped by
//! hand, and no program beside this one is needed.
//!
//! Layout, each module above those it uses:
//!
//! - [`course`]: which PDFs there are, and printing them
//! - [`document`]: what the template gets, as data; [`schedule`]: timetables
//! - [`markdown`]: a chapter's text as data
//! - [`typeset`]: Typst, run in this process; [`overfull`], [`glyphs`]: what it
//!   would print badly
//! - [`index`]: the page of links to each [`pdf`]

pub mod course;
pub mod document;
pub mod glyphs;
pub mod index;
pub mod markdown;
pub mod overfull;
pub mod pdf;
pub mod schedule;

pub mod typeset;
