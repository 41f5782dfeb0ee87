//! A `?` in a block, and no type for the error:
//! `cargo run --bin async-block-wrong-way --features compile-error`

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    "7".to_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let score = async {
        let score: u32 = complete("Rate it.").await.parse()?;
        Ok(score)
    };
    match score.await {
        Ok(score) => println!("Score: {score}"),
        Err(error) => println!("No score: {error}"),
    }
}
