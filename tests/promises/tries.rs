//! How often a run is tried on a machine that is too busy to keep time.

use runner::lateness::QUIET;

/// How often a run is tried beside a sleeper that is late.
pub const TRIES: usize = 5;

/// Whether to try once more: a run that is late beside a sleeper that is late,
/// too, says something of the machine and nothing of the program. A program
/// that is wrong is wrong each time; on a quiet machine the first run counts.
pub fn once_more(tried: usize, lateness: f64) -> bool {
    lateness > QUIET && tried < TRIES
}
