//! Neighbours first, then halves: `cargo run --bin tree-reduce-right-way`
use futures::future::{BoxFuture, FutureExt, join, ready};
use std::{collections::HashMap, sync::Mutex, time::Duration};
use tokio::sync::{AcquireError, Semaphore};
use tokio::time::{Instant, sleep, timeout};

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
    #[error("the merge of {0}-{1} had no answer in time")]
    TimedOut(u64, u64),
    #[error("not begun after the failure of another merge")]
    Stopped(#[from] AcquireError),
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

/// The merges that are done, by the first and the last section: the caller's,
/// so that no error takes them along. They hold for one document.
type Done = Mutex<HashMap<(u64, u64), Summary>>;

/// One attempt. The model may refuse what begins with one section.
struct Tree<'a> {
    permits: Semaphore,
    limit: Duration,
    done: &'a Done,
    refuses: Option<u64>,
}

impl<'a> Tree<'a> {
    fn new(done: &'a Done, refuses: Option<u64>) -> Self {
        Self {
            permits: Semaphore::new(AT_ONCE),
            limit: LIMIT,
            done,
            refuses,
        }
    }

    /// Stands for one call, with its `finish_reason` looked at. Later sections
    /// are shorter.
    async fn call(&self, left: &Summary, right: &Summary) -> Merged {
        assert_eq!(left.to + 1, right.from, "neighbours, in order of text");
        let (from, to) = (left.from, right.to);
        println!("Merging {from}-{to}");
        let shorter = 75 * (from - 1).min(9);
        sleep(Duration::from_millis(750 - shorter)).await;
        if self.refuses == Some(from) {
            println!("Refused {from}-{to}");
            return Err(Failed::Refused(from, to));
        }
        println!("Merged {from}-{to}");
        let retold = left.retold + 1;
        Ok(Summary { from, to, retold })
    }

    async fn merge(&self, left: &Summary, right: &Summary) -> Merged {
        let key = (left.from, right.to);
        let done = || self.done.lock().expect("nobody panics");
        if let Some(merged) = done().get(&key) {
            return Ok(merged.clone());
        }
        // For one call. Held around the recursion, the permits of parents
        // would be those that their children wait for. A retry (chapter 12)
        // goes around permit and call: it holds none while it waits.
        let _permit = self.permits.acquire().await?;
        let call = timeout(self.limit, self.call(left, right)).await;
        let late = |_| Err(Failed::TimedOut(key.0, key.1));
        // After a failure no new call begins; those under way may end.
        let stop = |_: &Failed| self.permits.close();
        let merged = call.unwrap_or_else(late).inspect_err(stop)?;
        done().insert(key, merged.clone());
        Ok(merged)
    }

    /// Halves side by side, then merged. Boxed: it contains itself.
    fn reduce<'b>(&'b self, all: &'b [Summary]) -> BoxFuture<'b, Merged> {
        let (left, right) = match all {
            [] => return ready(Err(Failed::Nothing)).boxed(),
            [one] => return ready(Ok(one.clone())).boxed(),
            _ => all.split_at(all.len().div_ceil(2)),
        };
        async move {
            // Not `try_join`, which would cut off calls that are paid for.
            match join(self.reduce(left), self.reduce(right)).await {
                (Ok(left), Ok(right)) => self.merge(&left, &right).await,
                // What failed says more than what was not begun.
                (Err(Failed::Stopped(_)) | Ok(_), Err(why)) | (Err(why), _) => {
                    Err(why)
                }
            }
        }
        .boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let (start, done) = (Instant::now(), Done::default());
    let whole = Tree::new(&done, None).reduce(&summaries(8)).await?;
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
        let (start, done) = (Instant::now(), Done::default());
        let whole = Tree::new(&done, None).reduce(&summaries(8)).await;
        assert_eq!(start.elapsed(), Duration::from_millis(2250));
        let (from, to, retold) = (1, 8, 3);
        assert_eq!(whole.expect("no errors"), Summary { from, to, retold });
    }

    /// Sixty-four sections, four calls at a time: 4.95 s, and no deadlock.
    #[tokio::test(start_paused = true)]
    async fn a_high_tree_needs_no_more_permits() {
        let (start, done) = (Instant::now(), Done::default());
        let whole = Tree::new(&done, None).reduce(&summaries(64)).await;
        assert_eq!(whole.expect("no errors").retold, 6);
        assert_eq!(start.elapsed(), Duration::from_millis(4950));
    }

    /// Five sections leave nobody out; none at all have no summary.
    #[tokio::test(start_paused = true)]
    async fn odd_numbers_and_nothing_are_reduced_too() {
        let done = Done::default();
        let five = Tree::new(&done, None).reduce(&summaries(5)).await;
        let five = five.expect("no errors");
        assert_eq!((five.from, five.to), (1, 5));
        let nothing = Tree::new(&done, None).reduce(&[]).await;
        assert!(matches!(nothing, Err(Failed::Nothing)));
    }

    /// After a refusal no call begins, those under way end, and what is merged
    /// is kept: the next attempt makes four calls, which take 1.65 s.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_takes_no_merge_along() {
        let (start, done) = (Instant::now(), Done::default());
        let whole = Tree::new(&done, Some(5)).reduce(&summaries(8)).await;
        assert!(matches!(whole, Err(Failed::Refused(5, 6))));
        assert_eq!(start.elapsed(), Duration::from_millis(750));
        let kept = done.lock().expect("whole").len();
        assert_eq!(kept, 3, "1-2, 3-4 and 7-8");
        let start = Instant::now();
        let whole = Tree::new(&done, None).reduce(&summaries(8)).await;
        assert_eq!(whole.expect("no errors").retold, 3);
        assert_eq!(start.elapsed(), Duration::from_millis(1650));
        assert_eq!(done.lock().expect("whole").len(), 7);
    }

    /// A call that is late is a failure like any other.
    #[tokio::test(start_paused = true)]
    async fn a_late_call_takes_no_merge_along() {
        let (done, limit) = (Done::default(), Duration::from_millis(700));
        let tree = Tree::new(&done, None);
        let whole = Tree { limit, ..tree }.reduce(&summaries(8)).await;
        assert!(matches!(whole, Err(Failed::TimedOut(1, 2))));
        let kept = done.lock().expect("whole").len();
        assert_eq!(kept, 4, "3-4, 5-6, 7-8, and 5-8, which was under way");
    }

    /// A caller that gives up keeps what is merged by then.
    #[tokio::test(start_paused = true)]
    async fn a_deadline_takes_no_merge_along() {
        let (done, deadline) = (Done::default(), Duration::from_millis(700));
        let (tree, all) = (Tree::new(&done, None), summaries(8));
        let whole = timeout(deadline, tree.reduce(&all)).await;
        whole.expect_err("it takes 2.25 s");
        assert_eq!(done.lock().expect("whole").len(), 3);
    }
}
