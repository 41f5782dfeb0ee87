//! Each summary merged in turn: `cargo run --bin tree-reduce-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A summary of the sections from `from` to `to`.
struct Summary {
    from: u64,
    to: u64,
    /// How many merges the first of them has been through.
    retold: u32,
}

fn summaries(sections: u64) -> Vec<Summary> {
    let one = |i| Summary {
        from: i,
        to: i,
        retold: 0,
    };
    (1..=sections).map(one).collect()
}

/// One call: two neighbours become one. Later sections are shorter.
async fn merge(left: Summary, right: &Summary) -> Summary {
    assert_eq!(left.to + 1, right.from, "neighbours, in the order of text");
    let (from, to) = (left.from, right.to);
    println!("Merging {from}-{to}");
    sleep(Duration::from_millis(750 - 75 * (from - 1))).await;
    println!("Merged {from}-{to}");
    let retold = left.retold + 1;
    Summary { from, to, retold }
}

async fn reduce(summaries: Vec<Summary>) -> Option<Summary> {
    let mut summaries = summaries.into_iter();
    let mut whole = summaries.next()?;
    for next in summaries {
        whole = merge(whole, &next).await; // needs the one before
    }
    Some(whole)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let whole = reduce(summaries(8)).await.expect("there are sections");
    println!("Section 1 was retold {} times", whole.retold);
    let seven = Duration::from_millis(7 * 750);
    assert!(start.elapsed() >= seven, "seven merges in turn");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fold of eight takes seven merges in turn, 5.25 s, and tells the first
    /// section seven times.
    #[tokio::test(start_paused = true)]
    async fn a_fold_of_eight_takes_seven_merges() {
        let start = Instant::now();
        let whole = reduce(summaries(8)).await.expect("eight sections");
        assert_eq!(start.elapsed(), Duration::from_millis(5250));
        assert_eq!((whole.from, whole.to, whole.retold), (1, 8, 7));
    }
}
