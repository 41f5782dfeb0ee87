//! Answers by position: `cargo run --bin finish-order-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn write(part: &str, millis: u64) -> String {
    println!("Writing {part}...");
    sleep(Duration::from_millis(millis)).await; // the model writes
    println!("The {part} came");
    format!("<the {part}>")
}

async fn write_page() -> [String; 3] {
    // Each answer comes back through its own variable, whenever it comes.
    let (title, summary, keywords) = tokio::join!(
        write("title", 1300),
        write("summary", 1000),
        write("keywords", 1600),
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
    assert!((1600..2600).contains(&took.as_millis()), "the slowest call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results are in the order of the arguments.
    #[tokio::test(start_paused = true)]
    async fn results_are_in_the_order_of_the_arguments() {
        let start = Instant::now();
        let page = write_page().await;
        assert_eq!(page, ["<the title>", "<the summary>", "<the keywords>"]);
        assert_eq!(start.elapsed(), Duration::from_millis(1600));
    }

    /// `tokio::join!` polls another branch first at each wake, unless biased.
    #[tokio::test(start_paused = true)]
    async fn even_equal_waits_do_not_end_in_your_order() {
        let order = std::cell::RefCell::new(Vec::new());
        let call = async |n: u32| {
            sleep(Duration::from_secs(1)).await;
            order.borrow_mut().push(n);
        };
        tokio::join!(call(1), call(2), call(3));
        assert_eq!(order.take(), [2, 3, 1]);
        tokio::join!(biased; call(1), call(2), call(3));
        assert_eq!(order.take(), [1, 2, 3]);
    }
}
