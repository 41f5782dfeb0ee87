//! Neighbours first, then halves: `cargo run --bin tree-reduce-right-way`
use futures::future::{BoxFuture, FutureExt, ready, try_join};
use std::time::Duration;
use tokio::sync::{AcquireError, Semaphore};
use tokio::time::{Instant, error::Elapsed, sleep, timeout};

const AT_ONCE: usize = 4;
const LIMIT: Duration = Duration::from_secs(30); // for each call

/// A summary of the sections from `from` to `to`.
#[derive(Clone, Debug, PartialEq)]
struct Summary {
    from: u64,
    to: u64,
    /// How many merges the first of them has been through.
    retold: u32,
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("there is nothing to reduce")]
    Nothing,
    #[error("the merge of {0}-{1} was refused")]
    Refused(u64, u64),
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
    #[error(transparent)]
    Closed(#[from] AcquireError),
}

fn summaries(sections: u64) -> Vec<Summary> {
    let one = |i| Summary {
        from: i,
        to: i,
        retold: 0,
    };
    (1..=sections).map(one).collect()
}

type Merged = Result<Summary, Failed>;

/// The model, which may refuse what begins with one section.
struct Model {
    permits: Semaphore,
    refuses: Option<u64>,
}

impl Model {
    fn new(refuses: Option<u64>) -> Self {
        let permits = Semaphore::new(AT_ONCE);
        Self { permits, refuses }
    }

    /// Stands for one call: later sections are shorter.
    async fn call(&self, left: Summary, right: &Summary) -> Merged {
        assert_eq!(left.to + 1, right.from, "neighbours, in order of text");
        let (from, to) = (left.from, right.to);
        println!("Merging {from}-{to}");
        let shorter = 75 * (from - 1).min(9);
        sleep(Duration::from_millis(750 - shorter)).await;
        if self.refuses == Some(from) {
            return Err(Failed::Refused(from, to));
        }
        println!("Merged {from}-{to}");
        let retold = left.retold + 1;
        Ok(Summary { from, to, retold })
    }

    async fn merge(&self, left: Summary, right: Summary) -> Merged {
        // For one call. Held around the recursion, the permits of parents
        // would be those that their children wait for.
        let _permit = self.permits.acquire().await?;
        timeout(LIMIT, self.call(left, &right)).await?
    }

    /// Halves side by side, then merged. Boxed: it contains itself.
    fn reduce<'a>(&'a self, all: &'a [Summary]) -> BoxFuture<'a, Merged> {
        let (left, right) = match all {
            [] => return ready(Err(Failed::Nothing)).boxed(),
            [one] => return ready(Ok(one.clone())).boxed(),
            _ => all.split_at(all.len().div_ceil(2)),
        };
        async move {
            let halves = try_join(self.reduce(left), self.reduce(right));
            let (left, right) = halves.await?;
            self.merge(left, right).await
        }
        .boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let start = Instant::now();
    let whole = Model::new(None).reduce(&summaries(8)).await?;
    println!("Section 1 was retold {} times", whole.retold);
    assert_eq!((whole.from, whole.to, whole.retold), (1, 8, 3));
    assert!(start.elapsed() < Duration::from_secs(4), "three levels");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of eight takes three levels, 2.25 s, three retellings of each.
    #[tokio::test(start_paused = true)]
    async fn a_tree_of_eight_takes_three_levels() {
        let start = Instant::now();
        let whole = Model::new(None).reduce(&summaries(8)).await;
        assert_eq!(start.elapsed(), Duration::from_millis(2250));
        let (from, to, retold) = (1, 8, 3);
        assert_eq!(whole.expect("no errors"), Summary { from, to, retold });
    }

    /// Sixty-four sections, four calls at a time: 4.95 s, and no deadlock.
    #[tokio::test(start_paused = true)]
    async fn a_high_tree_needs_no_more_permits() {
        let start = Instant::now();
        let whole = Model::new(None).reduce(&summaries(64)).await;
        assert_eq!(whole.expect("no errors").retold, 6);
        assert_eq!(start.elapsed(), Duration::from_millis(4950));
    }

    /// Five sections leave nobody out; none at all have no summary.
    #[tokio::test(start_paused = true)]
    async fn odd_numbers_and_nothing_are_reduced_too() {
        let five = Model::new(None).reduce(&summaries(5)).await;
        let five = five.expect("no errors");
        assert_eq!((five.from, five.to), (1, 5));
        let nothing = Model::new(None).reduce(&[]).await;
        assert!(matches!(nothing, Err(Failed::Nothing)));
    }

    /// A refusal ends the tree at once: nothing more is paid for.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_ends_the_tree() {
        let start = Instant::now();
        let whole = Model::new(Some(5)).reduce(&summaries(8)).await;
        assert!(matches!(whole, Err(Failed::Refused(5, 6))));
        assert_eq!(start.elapsed(), Duration::from_millis(450));
    }
}
