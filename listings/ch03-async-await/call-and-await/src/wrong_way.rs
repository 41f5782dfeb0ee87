//! An await in a function that is not async

async fn complete(prompt: String) -> String {
    format!("A completion of «{prompt}»")
}

fn summarise(text: &str) -> String {
    complete(format!("Summarise {text}")).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{}", summarise("the minutes"));
}
