//! Answers in order of arrival: `cargo run --bin finish-order-wrong-way`
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

async fn write(part: &str, due: Instant, page: &RefCell<Vec<String>>) {
    println!("Writing {part}...");
    sleep_until(due).await; // all three answers come at the same moment
    println!("The {part} came");
    page.borrow_mut().push(format!("<the {part}>"));
}

async fn write_page() -> Vec<String> {
    let page = RefCell::new(Vec::new());
    let due = Instant::now() + Duration::from_secs(1);
    // Written down in this order, and so expected in this order.
    tokio::join!(
        write("title", due, &page),
        write("summary", due, &page),
        write("keywords", due, &page),
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
    assert_eq!(took.as_secs(), 1, "three waits at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When three are ready at once, the second of them comes first.
    #[tokio::test(start_paused = true)]
    async fn equal_waits_end_second_third_first() {
        let page = write_page().await;
        assert_eq!(page, ["<the summary>", "<the keywords>", "<the title>"]);
    }
}
