//! A free thread: `cargo run --bin computation-blocks-right-way`
use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep;

/// Stands for work that keeps a processor busy, such as tokenising a book.
fn tokenise() {
    thread::sleep(Duration::from_millis(800));
}

async fn prepare(beats: &Cell<u32>) -> Result<u32, JoinError> {
    println!("Tokenising...");
    // The work moves to another thread; the await leaves this one free.
    spawn_blocking(tokenise).await?; // an error if `tokenise` panics
    println!("Tokenised");
    Ok(beats.get())
}

async fn heartbeat(beats: &Cell<u32>) {
    for beat in 1..=3 {
        sleep(Duration::from_millis(100)).await; // woken in time
        println!("Heartbeat {beat}");
        beats.set(beat);
    }
}

async fn run() -> Result<u32, JoinError> {
    let beats = Cell::new(0);
    let ((), meanwhile) = tokio::join!(heartbeat(&beats), prepare(&beats));
    meanwhile
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let meanwhile = run().await?;
    let took = start.elapsed();
    println!("Heartbeats meanwhile: {meanwhile}");
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(meanwhile, 3, "it went on beating");
    assert!((800..1800).contains(&took.as_millis()), "the work alone");
    Ok(())
}
