//! One limit around queue and call: `cargo run --bin wait-then-call-wrong-way`
use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{error::Elapsed, sleep, timeout};

const REQUESTS: u32 = 3000;
/// Ten calls at once, of a second each on average: that is ten a second.
const PERMITS: usize = 10;
const SHORTEST_CALL: Duration = Duration::from_millis(500);
/// What each caller was promised.
const PROMISED: Duration = Duration::from_secs(5);

struct Provider {
    permits: Semaphore,
    started: Cell<usize>,
}

impl Provider {
    fn new() -> Self {
        Self {
            permits: Semaphore::new(PERMITS),
            started: Cell::default(),
        }
    }

    /// A call is paid for from its beginning.
    async fn chat(&self, takes: Duration) {
        self.started.update(|calls| calls + 1);
        sleep(takes).await;
    }
}

async fn serve(provider: &Provider, takes: Duration) -> Result<(), Elapsed> {
    let call = async {
        let permit = provider.permits.acquire().await;
        let _permit = permit.expect("it is never closed");
        provider.chat(takes).await;
    };
    // The queue uses up the limit too, and the call is cut off in the middle.
    timeout(PROMISED, call).await
}

/// So many requests a second: how many are answered, how many cancelled.
async fn rush(per_second: u32) -> (usize, usize) {
    let provider = Provider::new();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let requests = (0..REQUESTS).map(|number| {
        let comes = Duration::from_secs(1) * number / per_second;
        let more = Duration::from_millis(rng.random_range(0..=1000));
        let takes = SHORTEST_CALL + more; // 1 s on average
        let provider = &provider;
        async move {
            sleep(comes).await;
            serve(provider, takes).await
        }
    });
    let served = join_all(requests).await;
    let answered = served.into_iter().flatten().count();
    (answered, provider.started.get() - answered)
}

// The clock is paused: minutes of load pass in an instant.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let rushes = [(12, rush(12).await), (20, rush(20).await)];
    for (per_second, (answered, cancelled)) in rushes {
        println!("{answered} answered at {per_second} a second");
        println!("{cancelled} cancelled at {per_second} a second");
        assert!(cancelled > answered, "most is paid for and thrown away");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All requests begin their call, and the more there are, the fewer are
    /// answered.
    #[tokio::test(start_paused = true)]
    async fn more_load_gives_fewer_answers() {
        assert_eq!(rush(10).await, (3000, 0));
        assert_eq!(rush(12).await, (1427, 1573));
        assert_eq!(rush(15).await, (660, 2340));
        assert_eq!(rush(20).await, (85, 2915));
    }
}
