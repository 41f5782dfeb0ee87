//! Looking into the kettle all the time: `cargo run --bin kettle-wrong-way`
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

async fn boil() -> u64 {
    println!("Kettle on");
    let boils_at = Instant::now() + Duration::from_millis(500);
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if Instant::now() >= boils_at {
            return Poll::Ready(());
        }
        // «Look again at once»: the runtime never rests.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    println!("Kettle boils");
    polls
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let polls = boil().await;
    let took = start.elapsed().as_secs_f64();
    println!("More than a thousand polls: {}", polls > 1000);
    println!("Tea after {took:.1} s");
    assert!(
        polls > 1000,
        "a busy thread, and the tea is no sooner there"
    );
    assert!((0.5..1.5).contains(&took), "as long as it takes");
}
