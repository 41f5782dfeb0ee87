//! A named future, never polled: `cargo run --bin silent-future-wrong-way`
use std::cell::Cell;

async fn record(calls: &Cell<u32>) {
    println!("The call is recorded");
    calls.set(calls.get() + 1);
}

async fn work(calls: &Cell<u32>) {
    // It has a name, so the compiler takes it for used. No warning.
    let recording = record(calls);
    println!("The work is done");
    drop(recording);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let calls = Cell::new(0);
    work(&calls).await;
    println!("Calls recorded: {}", calls.get());
    assert_eq!(
        calls.get(),
        0,
        "the future was dropped before its first poll"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A future that is made and dropped has done nothing.
    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_dropped_has_done_nothing() {
        let calls = Cell::new(0);
        work(&calls).await;
        assert_eq!(calls.get(), 0);
    }
}
