//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

#![allow(clippy::pedantic, reason = "skeptic wrote what is included here")]

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
