//! Every chunk at once: `cargo run --bin summary-wrong-way`
use futures::future::join_all;
use llm_client::{Error, whole};
use summary::call::Llm;
use summary::document::{MOONSTONE, cut};
use summary::progress::Brief;
use summary::rehearsal::{InProcess, script, settings};
use summary::settings::Settings;
use tokio::time::Instant;

/// The story, and of how many summaries it was made.
async fn summarise<L: Llm>(
    llm: &L,
    settings: &Settings,
) -> Result<(String, usize), Error> {
    let chunks = cut(MOONSTONE, settings.chunk_tokens);
    println!("{} chunks to summarise, all at once", chunks.len());
    let calls = chunks.iter().map(|chunk| async {
        let call = settings.about(chunk);
        let number = chunk.index + 1;
        println!("chunk {number:02}: asking {}", call.model);
        let answer = async { whole(llm.stream(&call).await?).await }.await;
        match &answer {
            Ok(_) => println!("chunk {number:02}: done"),
            Err(error) => println!("chunk {number:02}: {}", Brief(error)),
        }
        answer.map(|reply| reply.text)
    });
    let answers = join_all(calls).await;
    // Errors are printed, and gone. What is left looks like all there is.
    let summaries: Vec<String> = answers.into_iter().flatten().collect();
    let parts: Vec<&str> = summaries.iter().map(String::as_str).collect();
    let call = settings.about_all(&parts);
    let story = whole(llm.stream(&call).await?).await?.text;
    Ok((story, parts.len()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // The right way's server, without a network: so the order is certain.
    let llm = InProcess::new(script());
    let start = Instant::now();
    let (story, parts) = summarise(&llm, &settings()).await?;
    println!("{story}");
    let (took, refused) = (start.elapsed(), llm.server.seen().status(429));
    println!("{parts} chunks in the story, {refused} refused with 429");
    assert_eq!((parts, refused), (6, 8), "six at once are allowed");
    assert!(took.as_millis() >= 2590, "quick, and wrong");
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
        assert_eq!(start.elapsed(), Duration::from_millis(2590));
    }
}
