//! The next model, if it can help: `cargo run --bin fallback-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    TooLate,
    Refused(u16),
}

/// A model, its latency in milliseconds, and the status of its response.
struct Model(&'static str, u64, u16);

async fn ask(&Model(name, latency, status): &Model) -> Result<String, Failure> {
    println!("[{name}] Sending request");
    sleep(Duration::from_millis(latency)).await;
    match status {
        200 => Ok(format!("Response from {name}: This is simulated")),
        _ => Err(Failure::Refused(status)),
    }
}

/// Asks one model after another until one of them answers.
async fn with_fallbacks(models: &[Model]) -> Result<String, Vec<Failure>> {
    let mut failures = Vec::new();
    for model in models {
        // Each call has a limit, and each fallback too.
        let failure = match timeout(LIMIT, ask(model)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failure)) => failure,
            Err(_elapsed) => Failure::TooLate,
        };
        println!("[{}] Failed: {failure:?}", model.0);
        failures.push(failure);
        // A wrong key is our mistake: another model would refuse or hide it.
        if failure == Failure::Refused(401) {
            break;
        }
    }
    Err(failures)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let models = [
        Model("expensive-slow-model", 4000, 200),
        Model("fast-model-1", 1000, 200),
        Model("fast-model-2", 1500, 200),
    ];
    let answer = with_fallbacks(&models).await;
    let took = start.elapsed();
    println!("{answer:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "the limit, then the first fallback");
}

#[cfg(test)]
mod tests {
    use super::*;
    use Failure::{Refused, TooLate};

    type Answer = Result<String, Vec<Failure>>;

    async fn ask_all<const N: usize>(
        models: [(u64, u16); N],
    ) -> (Answer, u128) {
        let start = Instant::now();
        let models =
            models.map(|(latency, status)| Model("one", latency, status));
        let answer = with_fallbacks(&models).await;
        (answer, start.elapsed().as_millis())
    }

    fn answered() -> String {
        "Response from one: This is simulated".to_owned()
    }

    /// A primary that answers in time needs no fallback.
    #[tokio::test(start_paused = true)]
    async fn a_primary_in_time_is_the_answer() {
        let answer = ask_all([(2000, 200), (1000, 200)]).await;
        assert_eq!(answer, (Ok(answered()), 2000));
    }

    /// A primary that is too slow or fails is replaced at that moment.
    #[tokio::test(start_paused = true)]
    async fn a_late_or_failing_primary_is_replaced() {
        let late = ask_all([(4000, 200), (1000, 200)]).await;
        assert_eq!(late, (Ok(answered()), 4000));
        let down = ask_all([(500, 503), (1000, 200)]).await;
        assert_eq!(down, (Ok(answered()), 1500));
    }

    /// With a wrong key, no other model is asked.
    #[tokio::test(start_paused = true)]
    async fn a_wrong_key_asks_no_other_model() {
        let refused = ask_all([(500, 401), (1000, 200)]).await;
        assert_eq!(refused, (Err(vec![Refused(401)]), 500));
    }

    /// If no model answers, you get each failure, in the models' order.
    #[tokio::test(start_paused = true)]
    async fn each_failure_is_kept() {
        let models = [(4000, 200), (500, 503), (9000, 200)];
        let failures = vec![TooLate, Refused(503), TooLate];
        assert_eq!(ask_all(models).await, (Err(failures), 6500));
    }

    /// In turn, two fallbacks take the sum of their latencies.
    #[tokio::test(start_paused = true)]
    async fn fallbacks_in_turn_take_the_sum() {
        let models = [(1000, 503), (1500, 200)];
        assert_eq!(ask_all(models).await, (Ok(answered()), 2500));
    }
}
