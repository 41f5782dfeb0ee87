//! Answers by position: `cargo run --bin finish-order-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

async fn write(part: &str, due: Instant) -> String {
    println!("Writing {part}...");
    sleep_until(due).await; // all three answers come at the same moment
    println!("The {part} came");
    format!("<the {part}>")
}

async fn write_page() -> [String; 3] {
    let due = Instant::now() + Duration::from_secs(1);
    // Whichever comes first, each value lands in its own place.
    let (title, summary, keywords) = tokio::join!(
        write("title", due),
        write("summary", due),
        write("keywords", due),
    );
    [title, summary, keywords]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let page = write_page().await;
    let took = start.elapsed();
    println!("Page title: {}", page[0]);
    println!("Page written in {:.1} s", took.as_secs_f64());
    assert_eq!(page[0], "<the title>", "by position");
    assert_eq!(took.as_secs(), 1, "three waits at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results stand in the order in which the futures were given.
    #[tokio::test(start_paused = true)]
    async fn results_stand_in_input_order() {
        let start = Instant::now();
        let page = write_page().await;
        assert_eq!(page, ["<the title>", "<the summary>", "<the keywords>"]);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
