//! Answers in order of arrival: `cargo run --bin finish-order-wrong-way`
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn write(part: &str, millis: u64, page: &RefCell<Vec<String>>) {
    println!("Writing {part}...");
    sleep(Duration::from_millis(millis)).await; // the model writes
    println!("The {part} came");
    page.borrow_mut().push(format!("<the {part}>"));
}

async fn write_page() -> Vec<String> {
    let page = RefCell::new(Vec::new());
    // Each call adds its answer to the list when it has one.
    tokio::join!(
        write("title", 1300, &page),
        write("summary", 1000, &page),
        write("keywords", 1600, &page),
    );
    page.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let page = write_page().await;
    let took = start.elapsed();
    println!("Page title: {}", page[0]);
    println!("Page written in {:.1} s", took.as_secs_f64());
    assert_eq!(page[0], "<the summary>", "the first to come, not the title");
    assert!((1600..2600).contains(&took.as_millis()), "the slowest call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list has the answers in the order in which they came.
    #[tokio::test(start_paused = true)]
    async fn a_shared_list_is_in_order_of_arrival() {
        let page = write_page().await;
        assert_eq!(page, ["<the summary>", "<the title>", "<the keywords>"]);
    }
}
