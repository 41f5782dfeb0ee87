//! How lessons look on a page.

pub mod diff;
pub mod drawing;
pub mod folds;
pub mod highlight;
pub mod hook;
pub mod listing;
pub mod markdown;
pub mod pair;
mod program;
pub mod question;
mod sealed;
mod tint;
