//! A task that borrows from its spawner

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tokio::task::JoinError> {
    let prompt = String::from("Explain lifetimes");
    let task = tokio::spawn(async { prompt.len() });
    println!("{prompt}: {} bytes", task.await?);
    Ok(())
}
