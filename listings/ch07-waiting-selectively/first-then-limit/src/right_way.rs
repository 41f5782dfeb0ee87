//! Each result as it comes: `cargo run --bin first-then-limit-right-way`
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};

type Item = (u64, String);

/// Item number `n` takes `n` seconds, and comes back with its number.
async fn fetch(n: u64) -> Item {
    println!("Fetching item {n} (delay: {n} s)...");
    sleep(Duration::from_secs(n)).await;
    println!("Item {n} fetched!");
    (n, format!("Data for item {n}"))
}

fn keep(done: Result<Item, JoinError>, items: &mut Vec<Item>) {
    match done {
        Ok(item) => {
            println!("Result: {}", item.1);
            items.push(item);
        }
        // A bug in one fetch costs one item. The others are still good.
        Err(error) => println!("An item is missing: {error}"),
    }
}

async fn fetch_in_time(mut fetches: JoinSet<Item>) -> Vec<Item> {
    let mut items = Vec::new();
    if let Some(first) = fetches.join_next().await {
        keep(first, &mut items);
    }
    println!("Waiting 1.5 s more for the other {}...", fetches.len());
    let limit = Instant::now() + Duration::from_millis(1500);
    // Each result is ours before we wait for the next.
    while let Ok(Some(next)) = timeout_at(limit, fetches.join_next()).await {
        keep(next, &mut items);
    }
    println!("Time is up, cancelling the other {}...", fetches.len());
    fetches.shutdown().await; // and wait until they are gone
    items
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let items = fetch_in_time((1..=3).map(fetch).collect()).await;
    let took = start.elapsed().as_secs_f64();
    println!("All done: {} results after {took:.1} s", items.len());
    assert_eq!(items.len(), 2, "what came in time is kept");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two items come within the limit, and each is kept with its number.
    #[tokio::test(start_paused = true)]
    async fn two_items_are_kept_after_two_and_a_half_seconds() {
        let start = Instant::now();
        let items = fetch_in_time((1..=3).map(fetch).collect()).await;
        let data = |n| (n, format!("Data for item {n}"));
        assert_eq!(items, [data(1), data(2)]);
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
        // The third is gone, not only told to go.
        let tasks = tokio::runtime::Handle::current().metrics();
        assert_eq!(tasks.num_alive_tasks(), 0);
    }

    /// A fetch that panics costs its own item and no other.
    #[tokio::test(start_paused = true)]
    async fn a_panic_costs_one_item() {
        let mut fetches: JoinSet<Item> =
            [1, 3].map(fetch).into_iter().collect();
        fetches.spawn(async {
            sleep(Duration::from_secs(2)).await;
            panic!("a bug")
        });
        assert_eq!(fetch_in_time(fetches).await.len(), 1);
    }

    /// A result that is ready when the time is up still counts.
    #[tokio::test(start_paused = true)]
    async fn a_result_in_the_last_instant_is_in_time() {
        let limit = Instant::now() + Duration::from_secs(1);
        assert!(timeout_at(limit, fetch(1)).await.is_ok());
        assert_eq!(Instant::now(), limit);
    }

    /// `len` counts a task that has ended until you join it.
    #[tokio::test(start_paused = true)]
    async fn len_counts_a_task_that_has_ended() {
        let fetches: JoinSet<Item> = [1, 3].map(fetch).into_iter().collect();
        sleep(Duration::from_secs(2)).await;
        assert_eq!(fetches.len(), 2);
    }

    /// `shutdown` discards results and ignores panics.
    #[tokio::test(start_paused = true)]
    async fn shutdown_discards_results_and_ignores_panics() {
        let mut fetches: JoinSet<Item> =
            [1, 3].map(fetch).into_iter().collect();
        fetches.spawn(async { panic!("a bug") });
        sleep(Duration::from_secs(2)).await;
        fetches.shutdown().await;
        assert!(fetches.join_next().await.is_none());
    }

    /// `JoinSet::join_all` gives results in the order in which tasks end.
    #[tokio::test(start_paused = true)]
    async fn join_all_of_a_set_gives_the_order_of_completion() {
        let fetches: JoinSet<Item> = [3, 1, 2].map(fetch).into_iter().collect();
        let order: Vec<u64> =
            fetches.join_all().await.iter().map(|item| item.0).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    /// `JoinSet::join_all` panics if one of its tasks does.
    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "a bug")]
    async fn join_all_of_a_set_panics_with_a_task() {
        let mut fetches: JoinSet<Item> =
            [1, 3].map(fetch).into_iter().collect();
        fetches.spawn(async { panic!("a bug") });
        fetches.join_all().await;
    }
}
