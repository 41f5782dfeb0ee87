//! A greeting that is never awaited: `cargo run --bin hello-wrong-way`
#![expect(unused_must_use, reason = "the mistake that this listing shows")]

async fn say_hello(greeted: &mut u32) {
    println!("Hello, World!");
    *greeted += 1;
}

async fn welcome() -> u32 {
    let mut greeted = 0;
    say_hello(&mut greeted); // no `.await`: makes a future and drops it
    greeted
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let greeted = welcome().await;
    println!("Guests greeted: {greeted}");
    assert_eq!(greeted, 0, "the body never ran");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call without an await greets nobody.
    #[tokio::test(start_paused = true)]
    async fn a_call_without_await_greets_nobody() {
        assert_eq!(welcome().await, 0);
    }
}
