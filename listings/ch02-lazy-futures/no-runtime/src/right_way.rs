//! A runtime built by hand: `cargo run --bin no-runtime-right-way`
use std::io;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // the runtime's timer
    println!("Answered");
    "42".to_owned()
}

fn main() -> io::Result<()> {
    let start = Instant::now();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // The one place where synchronous code waits for asynchronous code.
    let answer = runtime.block_on(complete("What is 6 times 7?"));
    println!("Answer: {answer}");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "one call");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A runtime with its timer on drives the call to its answer.
    #[test]
    fn a_runtime_built_by_hand_answers_after_one_second() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build();
        runtime.expect("a runtime can be built").block_on(async {
            let start = Instant::now();
            assert_eq!(complete("What is 6 times 7?").await, "42");
            assert_eq!(start.elapsed(), Duration::from_secs(1));
        });
    }

    /// In tokio's context, another executor's `block_on` answers as well.
    #[test]
    fn another_executor_answers_in_tokios_context() {
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be built");
        let _context = runtime.enter(); // its own threads drive the timer
        let answer =
            futures::executor::block_on(complete("What is 6 times 7?"));
        assert_eq!(answer, "42");
    }

    /// What `block_on` is given runs on the runtime, but is not a task.
    #[test]
    fn the_body_of_main_is_no_task() {
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime can be built");
        let id = || async { tokio::task::try_id() };
        let spawned = runtime.block_on(async { tokio::spawn(id()).await });
        assert!(spawned.expect("no panic").is_some());
        assert_eq!(runtime.block_on(id()), None);
    }

    /// A runtime that is dropped waits for a blocking job that has begun.
    #[test]
    fn a_dropped_runtime_waits_for_its_blocking_jobs() {
        let runtime = Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime can be built");
        let (begun, has_begun) = std::sync::mpsc::channel();
        let job = runtime.spawn_blocking(move || {
            begun
                .send(std::time::Instant::now())
                .expect("it is awaited");
            std::thread::sleep(Duration::from_millis(200));
        });
        let start = has_begun.recv().expect("the job begins");
        drop((runtime, job));
        assert!(start.elapsed() >= Duration::from_millis(200));
    }
}
