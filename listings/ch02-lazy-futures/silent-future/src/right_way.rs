//! A named future, awaited in its place: `cargo run --bin silent-future-right-way`
use std::cell::Cell;

async fn record(calls: &Cell<u32>) {
    println!("The call is recorded");
    calls.set(calls.get() + 1);
}

async fn work(calls: &Cell<u32>) {
    let recording = record(calls);
    println!("The work is done");
    // Here it runs, not where it was made.
    recording.await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let calls = Cell::new(0);
    work(&calls).await;
    println!("Calls recorded: {}", calls.get());
    assert_eq!(calls.get(), 1, "awaited, so recorded");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A future that is awaited has done its work.
    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_awaited_has_done_its_work() {
        let calls = Cell::new(0);
        work(&calls).await;
        assert_eq!(calls.get(), 1);
    }
}
