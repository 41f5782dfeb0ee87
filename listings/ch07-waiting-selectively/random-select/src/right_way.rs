//! `select!` in the written order: `cargo run --bin random-select-right-way`
use std::future::ready;

/// What a worker does next: both a stop signal and a prompt are there.
async fn next() -> &'static str {
    tokio::select! {
        // From top to bottom: what must not wait stands first.
        biased;
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
    assert_eq!(prompts, 0, "the signal is heard at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `biased;` the first ready branch is taken, always.
    #[tokio::test(start_paused = true)]
    async fn the_first_ready_branch_is_taken_always() {
        assert_eq!(count_prompts().await, 0);
    }
}
