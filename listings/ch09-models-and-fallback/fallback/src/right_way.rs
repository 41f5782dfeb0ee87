//! A limit, then the first success: `cargo run --bin fallback-right-way`
use futures::FutureExt;
use futures::future::select_ok;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq)]
struct Unavailable(&'static str);

const LIMIT: Duration = Duration::from_secs(3);
const FALLBACKS: [(&str, u64); 3] = [
    ("fast-model-1", 1000),
    ("fast-model-2", 1500),
    ("fast-model-3", 2000),
];

async fn ask(
    model: &'static str,
    latency: u64,
    up: bool,
) -> Result<&'static str, Unavailable> {
    println!("Asking {model}");
    sleep(Duration::from_millis(latency)).await;
    if !up {
        return Err(Unavailable(model));
    }
    println!("{model} answered");
    Ok(model)
}

async fn with_fallback(
    latency: u64,
    up: bool,
) -> Result<&'static str, Unavailable> {
    let primary = ask("expensive-slow-model", latency, up);
    // Only an answer counts: too late and failed are the same to us.
    if let Ok(Ok(answer)) = timeout(LIMIT, primary).await {
        return Ok(answer);
    }
    println!("No primary, asking the fallbacks");
    let calls = FALLBACKS.map(|(name, ms)| ask(name, ms, true).boxed());
    // The first success; it comes with the futures that are still running,
    // and dropping those cancels them.
    let (answer, _rest) = select_ok(calls).await?;
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Unavailable> {
    let start = Instant::now();
    let answer = with_fallback(4000, true).await?;
    let took = start.elapsed();
    println!("{answer} it is, after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "the limit, then the fastest fallback");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A primary that is too slow costs the limit, then the fastest fallback.
    #[tokio::test(start_paused = true)]
    async fn a_slow_primary_is_replaced_after_four_seconds() {
        let start = Instant::now();
        assert_eq!(with_fallback(4000, true).await, Ok("fast-model-1"));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A primary that fails is replaced as soon as it has failed.
    #[tokio::test(start_paused = true)]
    async fn a_failing_primary_is_replaced_at_once() {
        let start = Instant::now();
        assert_eq!(with_fallback(500, false).await, Ok("fast-model-1"));
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }

    /// A primary in time needs no fallback.
    #[tokio::test(start_paused = true)]
    async fn a_primary_in_time_is_the_answer() {
        let start = Instant::now();
        let answer = with_fallback(2000, true).await;
        assert_eq!(answer, Ok("expensive-slow-model"));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
