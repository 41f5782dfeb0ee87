//! Block on a thread that may: `cargo run --bin nested-runtime-right-way`
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep};

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_millis(500)).await; // the network's part
    println!("Answered");
    "42".to_owned()
}

/// For a caller that can't be async, such as a template engine.
fn complete_blocking(runtime: &Handle, prompt: &str) -> String {
    runtime.block_on(complete(prompt)) // the runtime that is there
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    println!("Calling complete_blocking");
    let runtime = Handle::current();
    let call = move || complete_blocking(&runtime, "What is 6 times 7?");
    // The other thread blocks; this one is free to drive the timer.
    let answer = spawn_blocking(call).await?;
    println!("Answer: {answer}");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert!((500..1500).contains(&took.as_millis()), "one call");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use tokio::sync::{mpsc, oneshot};

    /// Inside `spawn_blocking`, the synchronous function answers.
    #[tokio::test]
    async fn a_synchronous_function_answers_in_spawn_blocking() {
        let (start, runtime) = (Instant::now(), Handle::current());
        let call = spawn_blocking(move || complete_blocking(&runtime, "?"));
        assert_eq!(call.await.expect("no panic"), "42");
        assert!(start.elapsed() >= Duration::from_millis(500));
    }

    /// A thread of your own may block as well, if you give it a handle.
    #[tokio::test]
    async fn a_synchronous_function_answers_on_a_thread_of_its_own() {
        let (reply, answer) = oneshot::channel();
        let runtime = Handle::current();
        thread::spawn(move || reply.send(complete_blocking(&runtime, "?")));
        assert_eq!(answer.await.expect("the thread replies"), "42");
    }

    /// A thread without a handle asks over channels.
    #[tokio::test(start_paused = true)]
    async fn a_synchronous_thread_asks_over_channels() {
        let (prompts, mut asked) = mpsc::channel(1);
        let (reply, answer) = oneshot::channel();
        let caller = thread::spawn(move || {
            prompts.blocking_send("?").expect("somebody listens");
            answer.blocking_recv().expect("somebody replies")
        });
        let prompt = asked.recv().await.expect("a prompt");
        reply.send(complete(prompt).await).expect("it waits");
        assert_eq!(caller.join().expect("no panic"), "42");
    }
}
