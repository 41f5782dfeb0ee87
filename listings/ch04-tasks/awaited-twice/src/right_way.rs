//! Awaiting once, keeping the result: `cargo run --bin awaited-twice-right-way`

async fn complete(prompt: &str) -> String {
    format!("A completion of «{prompt}»")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tokio::task::JoinError> {
    let task = tokio::spawn(complete("Hello"));
    // `.await` takes the handle and gives its result away, for good.
    let completion = task.await?;
    println!("Once: {completion}");
    println!("Again: {completion}");
    assert_eq!(completion, "A completion of «Hello»", "kept by its owner");
    Ok(())
}
