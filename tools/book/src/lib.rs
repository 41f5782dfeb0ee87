//! The book: its chapters, expanded and checked, and the site they become.
//!
//! Layout, each module above those it uses:
//!
//! - [`build`], [`render`], [`check`], [`for_print`]: mdBook, run in this process
//!   (`site`), its files then bundled (`bundle`)
//! - [`Lessons`], the preprocessor: every chapter through `chapter`, then
//!   `checks` over all of them (links, typed figures in chapters and in lessons,
//!   listings shown once, questions asked, the glossary, foreign files)
//! - [`expand`]: the place where a [directive] becomes what it stands for
//! - [`html`]: how a listing, its timeline, a pair and a question look
//! - `seal`: what a page keeps back until its reader has answered
//! - `figure`: what the directives of a run's figures give
//! - `search`: the index of the built pages
//! - [`appendix`], [`glossary`]: tables of all claims and cells; terms linked
//! - `page/` beside `src/`: style sheets and scripts of the site

pub mod appendix;
mod blocks;
mod bundle;
mod chapter;
mod checks;
mod directive;
mod exit;
pub mod expand;
mod figure;
mod glossary;
pub mod html;
mod preprocessor;
mod root;
mod seal;
mod search;
mod site;
mod slug;

pub use blocks::{RustBlock, rust_blocks};
pub use bundle::NOT_FOUND;
pub use exit::exit;
pub use preprocessor::{GLOSSARY, Lessons};
pub use root::{root, root_above};
pub use site::{PrintedBook, build, check, for_print, render};
pub use slug::slug;
