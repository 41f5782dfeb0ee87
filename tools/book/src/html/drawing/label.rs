//! Names in the gutter: how wide they are, and where they are broken.
//!
//! No font is known when a page is built. Widths are those of Deja Vu Sans, the
//! widest of those that a system may take, so that a name has room in any.

/// The size of all text of a drawing, in pixels.
const SIZE: f64 = 12.0;

/// The widest line of a name, in pixels: a phone has 300 for name and bar.
const WIDEST: f64 = 114.0;

/// So many lines a name may have.
const LINES: usize = 3;

/// What is kept clear between a name and the bars: half a cross, and some.
const GAP: f64 = 12.0;

/// The lines of a name, few as they are. What they have no room for is in the
/// figures below the drawing.
pub fn lines(name: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let last = lines.len() - 1;
        let longer = match lines[last].as_str() {
            "" => word.to_owned(),
            line => format!("{line} {word}"),
        };
        if width(&longer) <= WIDEST || lines[last].is_empty() {
            lines[last] = longer;
        } else if lines.len() < LINES {
            lines.push(word.to_owned());
        } else {
            lines[last] = format!("{longer}…");
            break;
        }
    }
    lines.iter().map(|line| cut(line)).collect()
}

/// The line, or as much of it as there is room for.
fn cut(line: &str) -> String {
    if width(line) <= WIDEST {
        return line.to_owned();
    }
    let mut short = line.trim_end_matches('…').to_owned();
    while width(&short) + SIZE > WIDEST && short.pop().is_some() {}
    format!("{}…", short.trim_end())
}

/// The gutter that these names need, in pixels.
pub fn gutter<'n>(names: impl IntoIterator<Item = &'n str>) -> u32 {
    let widths = names.into_iter().flat_map(lines).map(|line| width(&line));
    let widest = widths.fold(0.0, f64::max) + GAP;
    // At most `WIDEST` and a gap: it fits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let pixels = widest.ceil() as u32;
    pixels
}

fn width(text: &str) -> f64 {
    text.chars().map(em).sum::<f64>() * SIZE
}

/// How wide a character is, in em.
fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '\'' | '|' => 0.32,
        'f' | 'r' | 't' | '-' | '(' | ')' | '/' | '!' | 'I' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '+' | '=' => 1.0,
        'A'..='Z' => 0.75,
        _ if c.is_ascii() => 0.64,
        // Of scripts that nobody has measured here.
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_broken_between_words_and_cut_only_if_three_lines_are_too_few()
    {
        assert_eq!(lines("coffee"), ["coffee"]);
        assert_eq!(lines("second attempt"), ["second attempt"]);
        let asked = lines("What is the capital of France?");
        assert_eq!(asked, ["What is the", "capital of", "France?"]);
        assert_eq!(lines(&"very ".repeat(20))[2], "very very very…");
        assert_eq!(lines(&"x".repeat(40)), ["xxxxxxxxxxxxx…"]);
        assert_eq!(lines(""), [""]);
    }

    #[test]
    fn the_gutter_is_as_wide_as_the_widest_line() {
        assert_eq!(gutter(["toast", "coffee"]), gutter(["coffee"]));
        assert!(gutter([&*"x".repeat(90)]) <= 126);
    }
}
