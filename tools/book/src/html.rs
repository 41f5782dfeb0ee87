//! How lessons look on a page.

pub mod diff;
pub mod drawing;
pub mod highlight;
pub mod hook;
pub mod listing;
pub mod markdown;
pub mod pair;
pub mod question;
mod sealed;
