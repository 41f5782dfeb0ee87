//! Chapters on paper: [`print`]s one when a page asks for it, and [`link`]s a
//! built site to those that were printed.

pub mod link;
pub mod print;
