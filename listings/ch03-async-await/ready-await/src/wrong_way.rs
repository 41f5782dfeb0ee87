//! Awaits that never pause: `cargo run --bin ready-await-wrong-way`
use std::cell::RefCell;

/// In the cache already: there is nothing to wait for.
async fn cached_answer(prompt: u32) -> u32 {
    prompt * 10
}

async fn answer_all(name: &str, log: &RefCell<Vec<String>>) {
    for prompt in 1..=3 {
        // Ready at its first poll, so the other one gets no turn here.
        let answer = cached_answer(prompt).await;
        log.borrow_mut().push(format!("{name} {answer}"));
    }
}

async fn answer_both() -> Vec<String> {
    let log = RefCell::new(Vec::new());
    tokio::join!(answer_all("Ann", &log), answer_all("Bob", &log));
    log.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let log = answer_both().await;
    println!("{}", log.join(", "));
    assert!(
        log[..3].iter().all(|entry| entry.starts_with("Ann")),
        "no turns"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Awaits that are ready give nobody else a turn.
    #[tokio::test(start_paused = true)]
    async fn ann_is_done_before_bob_begins() {
        let log = answer_both().await;
        assert_eq!(
            log,
            ["Ann 10", "Ann 20", "Ann 30", "Bob 10", "Bob 20", "Bob 30"]
        );
    }
}
