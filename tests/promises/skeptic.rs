//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
