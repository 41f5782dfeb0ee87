//! A task with a borrowed prompt
async fn complete(model: &str, prompt: &str) -> String {
    format!("{model} on {prompt}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let prompt = String::from("Name three rivers");
    let call = tokio::spawn(async { complete("gpt-4", &prompt).await });
    println!("{}", call.await.expect("the task should not panic"));
}
