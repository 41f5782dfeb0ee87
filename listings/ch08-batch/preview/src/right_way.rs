//! Cutting text between characters: `cargo run --bin preview-right-way`

fn preview(prompt: &str) -> String {
    // The last boundary at or before byte 30; the end of a short prompt.
    let cut = prompt.floor_char_boundary(30);
    if cut == prompt.len() {
        return prompt.to_owned();
    }
    format!("{}…", &prompt[..cut])
}

fn main() {
    for prompt in [
        "Explain quantum computing in simple terms",
        "Write a haiku about cherry 🌸 blossoms",
        "Hello",
    ] {
        println!("Sending: {}", preview(prompt));
    }
    assert_eq!(preview("Hello"), "Hello", "what fits is left alone");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A character that does not fit whole is left out whole.
    #[test]
    fn a_cut_falls_between_two_characters() {
        let preview = preview("Write a haiku about cherry 🌸 blossoms");
        assert_eq!(preview, "Write a haiku about cherry …");
    }

    /// A prompt that fits is not marked as cut.
    #[test]
    fn a_short_prompt_stays_as_it_is() {
        assert_eq!(preview("Hello"), "Hello");
    }
}
