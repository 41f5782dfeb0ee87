//! Thirty characters of a prompt: `cargo run --bin preview-right-way`

fn preview(prompt: &str) -> String {
    // Where character 31 begins, if there is one.
    match prompt.char_indices().nth(30) {
        Some((end, _)) => format!("{}...", &prompt[..end]),
        None => prompt.to_owned(),
    }
}

fn main() {
    for prompt in [
        "Explain quantum computing in simple terms",
        "Write a haiku about cherry 🌸 blossoms",
        "What is the capital of France?",
    ] {
        println!("[gpt-4] Sending request: '{}'", preview(prompt));
    }
    assert_eq!(preview("Hello"), "Hello", "what fits is left alone");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty characters are kept, however many bytes each of them has.
    #[test]
    fn thirty_characters_are_thirty_characters() {
        let haiku = preview("Write a haiku about cherry 🌸 blossoms");
        assert_eq!(haiku, "Write a haiku about cherry 🌸 b...");
        let blossoms = preview(&"🌸".repeat(31));
        assert_eq!(blossoms, "🌸".repeat(30) + "...");
        assert_eq!(format!("{blossoms:.30}..."), blossoms);
    }

    /// A prompt that fits is left alone and gets no dots.
    #[test]
    fn a_prompt_that_fits_stays_as_it_is() {
        assert_eq!(preview("Hello"), "Hello");
        let france = "What is the capital of France?";
        assert_eq!(france.chars().count(), 30);
        assert_eq!(preview(france), france);
    }

    /// What a reader sees as one character may be several.
    #[test]
    fn a_family_of_three_is_five_characters() {
        assert_eq!("👩‍👩‍👧".chars().count(), 5);
    }
}
