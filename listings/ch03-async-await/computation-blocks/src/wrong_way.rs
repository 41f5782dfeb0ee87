//! A busy thread: `cargo run --bin computation-blocks-wrong-way`
use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Stands for work that keeps a processor busy, such as tokenising a book.
fn tokenise() {
    thread::sleep(Duration::from_millis(800));
}

async fn prepare(beats: &Cell<u32>) -> u32 {
    println!("Tokenising...");
    tokenise(); // no await: it keeps the thread until it returns
    println!("Tokenised");
    beats.get()
}

async fn heartbeat(beats: &Cell<u32>) {
    for beat in 1..=3 {
        sleep(Duration::from_millis(100)).await; // late if the thread is taken
        println!("Heartbeat {beat}");
        beats.set(beat);
    }
}

async fn run() -> u32 {
    let beats = Cell::new(0);
    let ((), meanwhile) = tokio::join!(heartbeat(&beats), prepare(&beats));
    meanwhile
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let meanwhile = run().await;
    let took = start.elapsed();
    println!("Heartbeats meanwhile: {meanwhile}");
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(meanwhile, 0, "no beat meanwhile");
    assert!((1000..2000).contains(&took.as_millis()), "two beats more");
}
