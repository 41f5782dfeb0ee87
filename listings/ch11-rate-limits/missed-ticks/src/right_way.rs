//! What was missed is past: `cargo run --bin missed-ticks-right-way`
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

#[derive(Debug, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

/// Stands for a provider that wants about a second between two requests.
#[derive(Default)]
struct Server {
    last: Option<Instant>,
}

impl Server {
    fn complete(&mut self, prompt: u32) -> Result<(), TooManyRequests> {
        println!("prompt {prompt} sent");
        let about_a_second = Duration::from_millis(900);
        if self
            .last
            .is_some_and(|last| last.elapsed() < about_a_second)
        {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        self.last = Some(Instant::now());
        Ok(())
    }
}

/// When each request was sent, and what came of it.
type Sent = Vec<(Duration, Result<(), TooManyRequests>)>;

async fn send_all(missed: MissedTickBehavior) -> Sent {
    let (start, mut server) = (Instant::now(), Server::default());
    let mut sent = Vec::new();
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(missed);
    for prompt in 0..5 {
        ticks.tick().await;
        sent.push((start.elapsed(), server.complete(prompt)));
        if prompt == 0 {
            println!("the network is down");
            sleep(Duration::from_millis(3500)).await;
            println!("the network is up");
        }
    }
    sent
}

fn refused(sent: &Sent) -> usize {
    sent.iter().filter(|(_, result)| result.is_err()).count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let sent = send_all(MissedTickBehavior::Delay).await;
    let refused = refused(&sent);
    println!("{} requests, {refused} refused", sent.len());
    assert_eq!(refused, 0, "about a second between any two");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn times(sent: &Sent) -> Vec<Duration> {
        sent.iter().map(|(at, _)| *at).collect()
    }

    /// `Delay` counts on from the late tick: 3.5, 4.5, 5.5, 6.5 s.
    #[tokio::test(start_paused = true)]
    async fn delay_counts_from_the_late_tick() {
        let ms = [0, 3500, 4500, 5500, 6500].map(Duration::from_millis);
        let sent = send_all(MissedTickBehavior::Delay).await;
        assert_eq!((times(&sent), refused(&sent)), (ms.to_vec(), 0));
    }

    /// A tick that is up to 5 ms late doesn't count as missed: the next one
    /// keeps the old beat, whatever the behaviour.
    #[tokio::test(start_paused = true)]
    async fn a_tick_five_milliseconds_late_keeps_the_beat() {
        for (late, next) in [(5, 2000), (6, 2006)] {
            let start = Instant::now();
            let mut ticks = interval(Duration::from_secs(1));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            advance(Duration::from_millis(1000 + late)).await;
            ticks.tick().await;
            ticks.tick().await;
            assert_eq!(start.elapsed(), Duration::from_millis(next));
        }
    }

    /// `Skip` goes back to the full second, half a second on: 3.5, 4, 5 s.
    #[tokio::test(start_paused = true)]
    async fn skip_returns_to_the_old_beat() {
        let ms = [0, 3500, 4000, 5000, 6000].map(Duration::from_millis);
        let sent = send_all(MissedTickBehavior::Skip).await;
        assert_eq!((times(&sent), refused(&sent)), (ms.to_vec(), 1));
    }
}
