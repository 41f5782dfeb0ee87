//! Every chunk at once: `cargo run --bin summary-wrong-way`
use futures::future::join_all;
use summary::call::{CallError, Llm};
use summary::document::{MOONSTONE, cut};
use summary::rehearsal::{InProcess, script, settings};
use summary::settings::Settings;
use tokio::time::Instant;

/// The story, and of how many summaries it was made.
async fn summarise<L: Llm>(
    llm: &L,
    settings: &Settings,
) -> Result<(String, usize), CallError> {
    let chunks = cut(MOONSTONE, settings.chunk_tokens);
    println!("{} chunks to summarise, all at once", chunks.len());
    let calls = chunks.iter().map(|chunk| async {
        let call = settings.ask(Settings::about(chunk));
        let number = chunk.index + 1;
        println!("chunk {number:02}: asking {}", call.model);
        let answer = llm.complete(&call).await;
        match &answer {
            Ok(_) => println!("chunk {number:02}: done"),
            Err(error) => println!("chunk {number:02}: {error}"),
        }
        answer
    });
    let answers = join_all(calls).await;
    // Errors are printed, and gone. What is left looks like all there is.
    let summaries: Vec<String> = answers.into_iter().flatten().collect();
    let parts: Vec<&str> = summaries.iter().map(String::as_str).collect();
    let call = settings.ask(Settings::about_all(&parts));
    Ok((llm.complete(&call).await?, parts.len()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), CallError> {
    // The right way's server, without a network: who is first is certain.
    let llm = InProcess::new(script());
    let start = Instant::now();
    let (story, parts) = summarise(&llm, &settings()).await?;
    println!("{story}");
    let (took, refused) = (start.elapsed(), llm.server.seen().status(429));
    println!("{parts} chunks in the story, {refused} refused with 429");
    assert_eq!((parts, refused), (6, 8), "six at once are allowed");
    assert!(took.as_secs() >= 3, "quick, and wrong");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Of fifteen chunks at once six are answered and eight get a 429, and the
    /// story is told all the same.
    #[tokio::test(start_paused = true)]
    async fn nine_of_fifteen_chunks_are_missing_from_the_story() {
        let llm = InProcess::new(script());
        let start = Instant::now();
        let (story, parts) =
            summarise(&llm, &settings()).await.expect("a story");
        assert_eq!((story.lines().count(), parts), (4, 6));
        assert_eq!(llm.server.seen().status(429), 8);
        assert_eq!(start.elapsed(), Duration::from_millis(3145));
    }
}
