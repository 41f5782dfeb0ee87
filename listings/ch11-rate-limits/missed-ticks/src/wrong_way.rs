//! All that was missed, at once: `cargo run --bin missed-ticks-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, interval, sleep};

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

async fn send_all() -> Sent {
    let (start, mut server) = (Instant::now(), Server::default());
    let mut sent = Vec::new();
    let mut ticks = interval(Duration::from_secs(1));
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
    let sent = send_all().await;
    let refused = refused(&sent);
    println!("{} requests, {refused} refused", sent.len());
    assert_eq!(refused, 3, "three at once, and one too soon after");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(sent: &Sent) -> Vec<Duration> {
        sent.iter().map(|(at, _)| *at).collect()
    }

    /// An interval makes up for what it missed: at 3.5, 3.5, 3.5 and 4 s.
    #[tokio::test(start_paused = true)]
    async fn missed_ticks_come_in_a_burst() {
        let ms = [0, 3500, 3500, 3500, 4000].map(Duration::from_millis);
        let sent = send_all().await;
        assert_eq!((times(&sent), refused(&sent)), (ms.to_vec(), 3));
    }
}
