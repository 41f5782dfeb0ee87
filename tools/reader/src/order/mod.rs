//! One order of a page, from its acceptance to its end: build a listing or what
//! the page made of it, run it or its tests, and tell of it.
//!
//! - [`perform`]: does it
//! - [`context`]: what all orders share
//! - [`slots`]: how many there may be at a time, and how they are stopped
//! - [`compile`]: cargo at work, and [`progress`]: what it tells meanwhile;
//!   [`up_to_date`]: where it need not be
//! - [`live`]: the timeline, drawn while it grows
//! - [`report`]: what a test program printed, read
//! - [`verdict`]: whether a run did as its lesson says; [`edited`]: what an edited
//!   program did; [`ending`]: how a program ended; [`hint`]: what rustc can't know
//! - [`event`]: what a page is told; [`failure`]: why an order ends early

pub mod compile;
pub mod context;
mod edited;
mod ending;
pub mod event;
pub mod failure;
mod hint;
mod live;
pub mod perform;
mod progress;
mod report;
pub mod slots;
mod up_to_date;
mod verdict;
