//! Giving others a turn: `cargo run --bin ready-await-right-way`
use std::cell::RefCell;
use tokio::task::yield_now;

/// In the cache already: there is nothing to wait for.
async fn cached_answer(prompt: u32) -> u32 {
    prompt * 10
}

async fn answer_all(name: &str, log: &RefCell<Vec<String>>) {
    for prompt in 1..=3 {
        let answer = cached_answer(prompt).await;
        log.borrow_mut().push(format!("{name} {answer}"));
        // Pending once, on purpose: whoever else is ready goes first.
        yield_now().await;
    }
}

async fn answer_both() -> Vec<String> {
    let log = RefCell::new(Vec::new());
    // In this order at each turn; plain `join!` changes it from poll to poll.
    tokio::join!(biased; answer_all("Ann", &log), answer_all("Bob", &log));
    log.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let log = answer_both().await;
    println!("{}", log.join(", "));
    assert!(log[1].starts_with("Bob"), "they take turns");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An await that yields gives everybody else a turn.
    #[tokio::test(start_paused = true)]
    async fn ann_and_bob_take_turns() {
        let log = answer_both().await;
        assert_eq!(
            log,
            ["Ann 10", "Bob 10", "Ann 20", "Bob 20", "Ann 30", "Bob 30"]
        );
    }
}
