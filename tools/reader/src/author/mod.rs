//! What an author does: begin a chapter or a lesson, and check one on every save.

mod check;
mod new;

pub use check::check;
pub use new::{New, new};
