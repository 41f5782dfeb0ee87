//! `select!` throws a die: `cargo run --bin random-select-wrong-way`
use std::future::ready;

/// What a worker does next: both a stop signal and a prompt are there.
async fn next() -> &'static str {
    // Written first, yet not tried first.
    tokio::select! {
        () = ready(()) => "stop",
        () = ready(()) => "one more prompt",
    }
}

async fn count_prompts() -> u32 {
    let mut prompts = 0;
    for _ in 0..1000 {
        if next().await == "one more prompt" {
            prompts += 1;
        }
    }
    prompts
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let prompts = count_prompts().await;
    println!("Always stopped at the signal: {}", prompts == 0);
    println!("Always took one more prompt: {}", prompts == 1000);
    assert!(prompts > 0, "work went on after the signal");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two ready branches, each is taken sometimes.
    #[tokio::test(start_paused = true)]
    async fn each_ready_branch_is_taken_sometimes() {
        let prompts = count_prompts().await;
        assert!((1..1000).contains(&prompts));
    }
}
