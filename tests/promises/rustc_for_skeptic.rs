//! rustc with one flag more. skeptic starts what `RUSTC` names and takes no
//! flags: its programs would each have the standard library's symbols, and be
//! four times as large.

use std::process::{Command, ExitCode};

/// What skeptic compiles a program with, and nothing else that starts rustc.
const OF_A_PROGRAM: &str = "--crate-type=bin";

fn main() -> ExitCode {
    let mut rustc = Command::new("rustc");
    rustc.args(std::env::args_os().skip(1));
    if std::env::args_os().any(|argument| argument == OF_A_PROGRAM) {
        rustc.arg("-Cstrip=symbols");
    }
    match rustc.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rustc can't be started: {error}");
            ExitCode::FAILURE
        }
    }
}
