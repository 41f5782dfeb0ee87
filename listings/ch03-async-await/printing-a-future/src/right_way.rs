//! Await, then print: `cargo run --bin printing-a-future-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct Response {
    status: &'static str,
    data: Vec<u32>,
}

async fn get_data() -> Response {
    println!("Fetching data...");
    sleep(Duration::from_secs(1)).await; // the network's part
    println!("Data retrieved!");
    Response {
        status: "success",
        data: vec![1, 2, 3],
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let result = get_data().await; // a future in, a Response out
    println!("Result: {result:?}");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The await takes as long as the call and gives its data.
    #[tokio::test(start_paused = true)]
    async fn an_await_gives_the_data_after_one_second() {
        let start = Instant::now();
        let expected = Response {
            status: "success",
            data: vec![1, 2, 3],
        };
        assert_eq!(get_data().await, expected);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
