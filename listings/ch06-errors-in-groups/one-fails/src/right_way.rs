//! Each answer with its own result: `cargo run --bin one-fails-right-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct Refused(u64);

/// Call number `n` takes `n` seconds. The second is refused.
async fn ask(n: u64) -> Result<u64, Refused> {
    println!("Call {n} asked");
    sleep(Duration::from_secs(n)).await;
    if n == 2 {
        println!("Call {n} failed");
        return Err(Refused(n));
    }
    println!("Call {n} answered");
    Ok(n)
}

async fn ask_all() -> (Vec<u64>, Vec<Refused>) {
    // An error is a result like any other, and stops no other call.
    let results = join_all((1..=5).map(ask)).await;
    let mut answers = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(answer) => answers.push(answer),
            Err(error) => errors.push(error),
        }
    }
    (answers, errors)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (answers, errors) = ask_all().await;
    let took = start.elapsed();
    println!(
        "{answers:?} and {errors:?} after {:.1} s",
        took.as_secs_f64()
    );
    assert_eq!(answers, [1, 3, 4, 5], "four answers are kept");
    assert_eq!(took.as_secs(), 5, "as long as the slowest");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four answers and one error, when the slowest is done.
    #[tokio::test(start_paused = true)]
    async fn four_answers_and_one_error() {
        let start = Instant::now();
        let (answers, errors) = ask_all().await;
        assert_eq!(answers, [1, 3, 4, 5]);
        assert_eq!(errors, [Refused(2)]);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }

    /// A panic isn't a result: it goes through the join and ends all calls.
    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "a bug")]
    async fn a_panic_ends_the_whole_join() {
        let call = |n| async move {
            sleep(Duration::from_secs(n)).await;
            assert_ne!(n, 2, "a bug");
        };
        join_all((1..=5).map(call)).await;
    }
}
