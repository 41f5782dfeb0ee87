//! Awaiting a handle twice

async fn complete(prompt: &str) -> String {
    format!("A completion of «{prompt}»")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tokio::task::JoinError> {
    let task = tokio::spawn(complete("Hello"));
    println!("Once: {}", task.await?);
    println!("Again: {}", task.await?);
    Ok(())
}
