//! `select!` tosses a coin: `cargo run --bin random-select-wrong-way`
use tokio::sync::{mpsc, oneshot};

/// Sends prompts until it is told to stop. Returns how many it sent.
async fn work(
    mut stop: oneshot::Receiver<()>,
    mut prompts: mpsc::Receiver<u32>,
) -> u32 {
    let mut sent = 0;
    loop {
        tokio::select! {
            // First in the code, but not always the first that is tried.
            _ = &mut stop => return sent,
            Some(_prompt) = prompts.recv() => sent += 1,
        }
    }
}

/// A hundred workers, each with a full queue, and all told to stop.
async fn sent_after_stop() -> u32 {
    let mut sent = 0;
    for _ in 0..100 {
        let (stop, stopped) = oneshot::channel();
        let (queue, prompts) = mpsc::channel(100);
        for prompt in 0..100 {
            queue.try_send(prompt).expect("the queue has room for them");
        }
        stop.send(()).expect("the worker listens");
        sent += work(stopped, prompts).await;
    }
    sent
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let sent = sent_after_stop().await;
    println!("More than 20 prompts sent after the stop: {}", sent > 20);
    println!("No prompt sent after the stop: {}", sent == 0);
    assert!(sent > 20, "workers went on after the stop");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two ready branches, `select!` takes now one and now the other.
    #[tokio::test(start_paused = true)]
    async fn workers_go_on_for_a_while() {
        let sent = sent_after_stop().await;
        assert!((20..1000).contains(&sent), "{sent}");
    }
}
