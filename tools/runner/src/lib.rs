//! Running programs and watching them.
//!
//! Layout, each module above those it uses:
//!
//! - [`replay`] runs a listing again and holds it against its recording
//! - [`record`] runs a listing until its recording is good, and writes it down
//! - [`run`] starts a program, hears its lines as they come, and ends it;
//!   [`lines`] reads and stamps them; [`error`] is why there is no run
//! - [`lateness`] measures how late the machine is beside a run
//! - [`scratch`] makes a package of a program that was edited
//! - [`process`] kills a program, and all that it started, with its owner;
//!   [`reaper`] does so if the owner is killed first; [`memory`] is how much of
//!   that a program may have
//! - [`environment`] is what a started program is told of the reader's own
//! - [`cargo`] starts cargo: every launch of it goes through here

pub mod cargo;
pub mod environment;
pub mod error;
pub mod lateness;
pub mod lines;
pub mod memory;
pub mod process;
pub mod reaper;
pub mod record;
pub mod replay;
pub mod run;
pub mod scratch;
