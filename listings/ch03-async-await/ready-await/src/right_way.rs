//! A turn for everybody: `cargo run --bin ready-await-right-way`
use std::cell::RefCell;
use tokio::{task::yield_now, time::Instant};

/// A cache hit: nothing to wait for, so awaiting it never pauses.
async fn look_up(customer: &str, page: u32) -> String {
    format!("{customer}, page {page}")
}

async fn serve(customer: &str, log: &RefCell<Vec<String>>) {
    for page in 1..=3 {
        let line = look_up(customer, page).await; // ready at once
        println!("{line}");
        log.borrow_mut().push(line);
        yield_now().await; // pauses once: `join!` polls the other
    }
}

async fn serve_two() -> Vec<String> {
    let log = RefCell::new(Vec::new());
    // `biased`: polled in the order in which they are written.
    tokio::join!(biased; serve("Ada", &log), serve("Grace", &log));
    log.into_inner()
}

const ORDER: [&str; 6] = [
    "Ada, page 1",
    "Grace, page 1",
    "Ada, page 2",
    "Grace, page 2",
    "Ada, page 3",
    "Grace, page 3",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let order = serve_two().await;
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(order, ORDER, "they take turns");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A future that yields after each page takes turns with the other.
    #[tokio::test(start_paused = true)]
    async fn ada_and_grace_take_turns() {
        assert_eq!(serve_two().await, ORDER);
    }
}
