//! Input that a page of paper can't hold as it is: it is handled, or refused
//! with its place.

use crate::fixture::{FAST, PrintFixture};

#[test]
fn a_line_of_three_hundred_characters_goes_on_in_the_next_row() {
    let long = format!("    let _prompt = \"{}\";", "wait, ".repeat(47));
    assert!(long.len() > 300);
    let program = FAST.replace("main() {", &format!("main() {{\n{long}"));
    PrintFixture::new()
        .listing("right_way", &program, 1)
        .prints();
}

#[test]
fn a_printed_line_of_three_hundred_characters_goes_on_in_the_next_row() {
    let fixture = PrintFixture::new();
    let path = "listings/ch01-ask/ask/transcripts/right_way.txt";
    let run = std::fs::read_to_string(fixture.path(path)).expect("it is there");
    let run = run.replace("Answered", &format!("Answered{}", "x".repeat(292)));
    fixture.file(path, &run).prints();
}

#[test]
fn hebrew_stands_from_right_to_left() {
    PrintFixture::new()
        .chapter("\"שלום עולם\" is a greeting.")
        .prints();
}

#[test]
fn hanzi_in_prose_are_refused_with_their_line() {
    PrintFixture::new()
        .chapter("你好")
        .says("src/ch01-ask.md:17: no font has \"你\" (U+4F60)");
}

#[test]
fn hanzi_in_a_listing_are_refused_with_their_line() {
    let program = FAST.replace("it runs", "好");
    PrintFixture::new().listing("right_way", &program, 1).says(
        "listings/ch01-ask/ask/src/right_way.rs:3: no font has \"好\" (U+597D)",
    );
}

#[test]
fn an_emoji_is_printed_in_black_and_white_where_a_font_has_it() {
    PrintFixture::new().chapter("A blossom, 🌸.").prints();
    PrintFixture::new()
        .chapter("A face that melts, 🫠.")
        .says("src/ch01-ask.md:17: no font has \"🫠\" (U+1FAE0)");
}

#[test]
fn a_table_wider_than_the_page_is_refused_with_its_line() {
    let row = "| immeasurably ".repeat(24) + "|\n";
    let rule = "| --- ".repeat(24) + "|\n";
    PrintFixture::new()
        .chapter(&format!("{row}{rule}{row}"))
        .says(
            "src/ch01-ask.md:17: \"immeasurably\" stands on \"immeasurably\"",
        );
}

#[test]
fn a_word_wider_than_the_page_is_refused_with_its_line() {
    let word = "x".repeat(200);
    PrintFixture::new()
        .chapter(&format!("`{word}`"))
        .says("src/ch01-ask.md:17: \"xxxxx");
}

#[test]
fn a_missing_image_is_refused_with_its_line() {
    PrintFixture::new()
        .chapter("![A kettle](kettle.png)")
        .says("src/ch01-ask.md:17: the image kettle.png is missing");
}

#[test]
fn an_image_from_elsewhere_or_without_words_is_refused_with_its_line() {
    PrintFixture::new()
        .chapter("![A kettle](https://example.org/kettle.png)")
        .says("src/ch01-ask.md:17: the image https://example.org/kettle.png");
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" \
               height=\"9\"><rect width=\"9\" height=\"9\"/></svg>";
    let fixture = PrintFixture::new().file("src/kettle.svg", svg);
    fixture
        .chapter("![](kettle.svg)")
        .says("src/ch01-ask.md:17: the image kettle.svg has no words");
    let fixture = PrintFixture::new().file("src/kettle.svg", svg);
    fixture.chapter("![A kettle](kettle.svg)").prints();
}

#[test]
fn html_is_refused_with_its_line() {
    PrintFixture::new()
        .chapter("<video src=\"a.mp4\"></video>")
        .says("src/ch01-ask.md:17: the HTML <video src=\"a.mp4\">");
    PrintFixture::new().chapter("<!-- a remark -->").prints();
}

#[test]
fn a_chapter_without_pairs_is_printed() {
    let summary = "- [Asking](ch01-ask.md)\n- [Words](ch02-words.md)\n\n\
                   [Glossary](glossary.md)\n";
    let printed = PrintFixture::new()
        .file("src/SUMMARY.md", summary)
        .file("src/ch02-words.md", "# Words\n\nNothing to run.\n")
        .prints();
    assert!(printed.iter().any(|one| one.file == "ch02-words.pdf"));
}

#[test]
fn a_fault_of_the_book_is_told_and_nothing_is_printed() {
    PrintFixture::new()
        .chapter("{{#took ask/other_way}}")
        .says("src/ch01-ask.md:17: the lesson `ask` has no `other_way`");
}
