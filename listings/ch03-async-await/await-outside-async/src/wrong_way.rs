//! An await in a function that is not async:
//! `cargo run --bin await-outside-async-wrong-way --features compile-error`
use std::time::Duration;
use tokio::time::sleep;

async fn complete(prompt: String) -> String {
    sleep(Duration::from_secs(1)).await;
    format!("{prompt}: done")
}

fn summarise(text: &str) -> String {
    complete(format!("Summarise {text}")).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{}", summarise("the minutes"));
}
