//! Neighbours first, then halves: `cargo run --bin tree-reduce-right-way`
use futures::future::{BoxFuture, FutureExt, join};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A summary of the sections from `from` to `to`.
#[derive(Clone)]
struct Summary {
    from: u64,
    to: u64,
    /// How many merges the first of them has been through.
    retold: u32,
}

fn summaries() -> Vec<Summary> {
    let retold = 0;
    (1..=8)
        .map(|i| Summary {
            from: i,
            to: i,
            retold,
        })
        .collect()
}

/// One call: two neighbours become one. Later sections are shorter.
async fn merge(left: Summary, right: Summary) -> Summary {
    assert_eq!(left.to + 1, right.from, "neighbours, in the order of text");
    let (from, to) = (left.from, right.to);
    println!("Merging {from}-{to}");
    sleep(Duration::from_millis(1000 - 10 * (from - 1))).await;
    println!("Merged {from}-{to}");
    let retold = left.retold + 1;
    Summary { from, to, retold }
}

/// Halves side by side, then merged. Boxed: what contains itself has no size.
fn reduce(summaries: &[Summary]) -> BoxFuture<'_, Option<Summary>> {
    async move {
        if summaries.len() < 2 {
            return summaries.first().cloned();
        }
        let (left, right) = summaries.split_at(summaries.len().div_ceil(2));
        let (left, right) = join(reduce(left), reduce(right)).await;
        Some(merge(left?, right?).await)
    }
    .boxed()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let whole = reduce(&summaries()).await.expect("there are sections");
    let took = start.elapsed();
    println!("Section 1 was retold {} times", whole.retold);
    assert_eq!(took.as_secs(), 3, "three levels of merges");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of eight takes three levels, 3 s, three retellings of each.
    #[tokio::test(start_paused = true)]
    async fn a_tree_of_eight_takes_three_seconds() {
        let start = Instant::now();
        let whole = reduce(&summaries()).await.expect("eight sections");
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        assert_eq!((whole.from, whole.to, whole.retold), (1, 8, 3));
    }

    /// Five sections leave nobody out; none at all have no summary.
    #[tokio::test(start_paused = true)]
    async fn odd_numbers_and_nothing_are_reduced_too() {
        let five = reduce(&summaries()[..5]).await;
        assert_eq!(five.map(|whole| (whole.from, whole.to)), Some((1, 5)));
        assert!(reduce(&[]).await.is_none());
    }
}
