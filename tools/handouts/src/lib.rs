//! The printed course: sheets for students, a copy for instructors.
//!
//! A chapter is expanded by the book's own preprocessor, parsed by mdBook's
//! own parser, and handed to a Typst template as data: nothing is escaped by
//! hand, and no program beside this one is needed.

pub mod course;
pub mod document;
pub mod glyphs;
pub mod index;
pub mod markdown;
pub mod overfull;
pub mod schedule;

pub mod typeset;
