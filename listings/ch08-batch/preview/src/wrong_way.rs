//! Thirty bytes of a prompt: `cargo run --bin preview-wrong-way`

fn preview(prompt: &str) -> String {
    // Byte 30 may be beyond the end, or in the middle of a character.
    format!("{}...", &prompt[..30])
}

fn main() {
    for prompt in [
        "Explain quantum computing in simple terms",
        "Write a haiku about cherry 🌸 blossoms",
    ] {
        println!("[gpt-4] Sending request: '{}'", preview(prompt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cut in the middle of a character panics.
    #[test]
    #[should_panic(expected = "not a char boundary")]
    fn a_cut_inside_a_character_panics() {
        preview("Write a haiku about cherry 🌸 blossoms");
    }

    /// A cut beyond the end of a short prompt panics too.
    #[test]
    #[should_panic(expected = "out of bounds")]
    fn a_cut_beyond_the_end_panics() {
        preview("Hello");
    }
}
