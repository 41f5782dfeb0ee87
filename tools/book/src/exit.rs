//! How a command ends.

use lessons::Faults;
use std::process::ExitCode;

/// Ends a command, and tells what went wrong, if anything did.
#[must_use]
pub fn exit(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    match error.downcast_ref::<Faults>() {
        Some(faults) => eprintln!("{faults}"),
        None => eprintln!("error: {error:#}"),
    }
    ExitCode::FAILURE
}
