//! A future that wakes itself at once: `cargo run --bin kettle-wrong-way`
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

async fn boil() -> usize {
    println!("Kettle on");
    let boils_at = Instant::now() + Duration::from_millis(500);
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if Instant::now() >= boils_at {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref(); // "poll me again at once"
        Poll::Pending
    })
    .await; // never idle: each poll asks for the next
    println!("Kettle boils");
    polls
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let polls = boil().await;
    let took = start.elapsed();
    assert!(polls > 1000, "a busy future: {polls} polls");
    println!("Polled more than 1000 times");
    println!("Tea after {:.1} s", took.as_secs_f64());
    assert!((500..1500).contains(&took.as_millis()), "no sooner for it");
}
