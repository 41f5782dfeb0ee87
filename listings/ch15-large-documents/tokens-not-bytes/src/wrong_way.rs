//! A token taken for four bytes: `cargo run --bin tokens-not-bytes-wrong-way`
use tiktoken_rs::o200k_base_singleton;

const LIMIT: usize = 40; // tokens that the model takes
const BYTES_PER_TOKEN: usize = 4;

const LOGBOOK: &str = "\
A tide table is posted at the gate. All boats leave an hour before high water, \
and the last one back closes the lock. Nobody goes out alone, or unlit.\n\
港口的潮汐表每天早晨在渔船出海之前张贴在大门口。最后一条回来的船负责关闭船闸。\
任何人都不得独自出海。\n\
🐟🐙🌊⚓🚣🐡🐚🐬 caught today!\n\
3f9a1c77-b0e2-4d5d-8a6e-90b1c2f4d7e8 41.88103,-8.64712 ok\n\
5ae41b02-97cd-4f10-b3a8-1e6d70c9f254 41.88117,-8.64655 ok\n";

#[derive(Debug, thiserror::Error)]
#[error("{tokens} tokens, {} too many: refused", tokens - LIMIT)]
struct TooLong {
    tokens: usize,
}

/// Stands for the model, which counts tokens and refuses what is too long.
async fn ask(chunk: &str) -> Result<usize, TooLong> {
    let tokens = o200k_base_singleton().count_ordinary(chunk);
    if tokens > LIMIT {
        Err(TooLong { tokens })
    } else {
        Ok(tokens)
    }
}

/// At least no character is cut in two; words are.
fn chunks(text: &str) -> Vec<&str> {
    let (mut chunks, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(LIMIT * BYTES_PER_TOKEN);
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut refused = 0;
    for (i, chunk) in chunks(LOGBOOK).into_iter().enumerate() {
        match ask(chunk).await {
            Ok(tokens) => println!("Chunk {}: {tokens} tokens", i + 1),
            Err(error) => {
                println!("Chunk {}: {error}", i + 1);
                refused += 1;
            }
        }
    }
    assert!(refused > 1, "four bytes are a token in English prose");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens of four bytes and more are those of English prose.
    #[tokio::test]
    async fn english_fits_and_the_rest_does_not() {
        let chunks = chunks(LOGBOOK);
        assert!(ask(chunks[0]).await.is_ok());
        assert!(ask(chunks[1]).await.is_err());
        let error = ask(chunks[2]).await.expect_err("hashes and emoji");
        assert!(error.tokens > LIMIT + LIMIT / 2);
    }

    /// A part of an emoji's tokens is no text.
    #[test]
    fn half_an_emoji_is_no_text() {
        let tokens = o200k_base_singleton().encode_ordinary("🐟");
        assert!(o200k_base_singleton().decode(&tokens[..1]).is_err());
    }
}
