//! A handle awaited twice
async fn complete(prompt: &'static str) -> String {
    format!("Answer to {prompt}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let call = tokio::spawn(complete("Why is the sky blue?"));
    let (shown, saved) = tokio::join!(call, call);
    println!("{shown:?}, {saved:?}");
}
