//! Fixture books: a sound one for each directive, a faulty one for each fault,
//! and what the build says of it.

use fixture::{RUN, Workbook};
use lessons::{Faults, Source};
use std::fs;
use std::path::{Path, PathBuf};

const PROGRAM: &str = "fn main() {\n    assert!(true, \"it runs\");\n}\n";
const LESSON: &str = "title = \"Asking\"\n[right_way]\ncells = [1]\n\n\
[[lane]]\nname = \"call\"\nbegins = \"Asking\"\nends = \"Answered\"\n";
const CHAPTER: &str = "# Asking\n\n{{#listing ask/right_way}}\n";

const ASK: &str = "listings/ch01-ask/ask";

/// A sound book of one chapter with one lesson; each step spoils something.
struct BookFixture(Workbook);

impl BookFixture {
    fn new() -> Self {
        Self(
            Workbook::new()
                .chapter("ch01-ask", CHAPTER)
                .lesson("ch01-ask", "ask", LESSON)
                .listing(ASK, "right_way", PROGRAM, RUN),
        )
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path(path)
    }

    fn file(self, path: &str, text: &str) -> Self {
        Self(self.0.file(path, text))
    }

    fn chapter(self, text: &str) -> Self {
        let text = format!("{CHAPTER}\n{text}\n");
        self.file("src/ch01-ask.md", &text)
    }

    fn lesson(self, text: &str) -> Self {
        self.file("listings/ch01-ask/ask/lesson.toml", text)
    }

    fn without(self, path: &str) -> Self {
        Self(self.0.without(path))
    }

    fn build(&self) -> Result<(), String> {
        book::build(self.0.root(), &self.path("out")).map_err(|error| {
            match error.downcast_ref::<Faults>() {
                Some(faults) => faults.to_string(),
                None => format!("{error:#}"),
            }
        })
    }

    /// The build fails and says this, among other things.
    #[track_caller]
    fn says(&self, words: &str) {
        let said = self.build().expect_err("the book is faulty");
        assert!(said.contains(words), "\"{words}\" is not in:\n{said}");
        assert!(!self.path("out/index.html").exists(), "nothing is built");
    }
}

#[test]
fn a_sound_book_is_built() {
    let fixture = BookFixture::new().chapter(
        "{{#took ask/right_way}}, {{#span ask/right_way call}}, \
         {{#at ask/right_way Answered}}, {{#count ask/right_way A}}",
    );
    let page = fixture.page();
    let figures = "1.0\u{a0}s, 1.0\u{a0}s, 1.0\u{a0}s, 2";
    assert!(page.contains(figures), "{page}");
}

#[test]
fn a_number_comes_from_the_line_that_has_it() {
    let run = RUN.replace("Answered", "Answered, 48 requests, 36 refused");
    let program = Source::new(PROGRAM).fingerprint();
    let page = BookFixture::new()
        .file(
            "listings/ch01-ask/ask/transcripts/right_way.txt",
            &format!("program {program}\n{run}"),
        )
        .chapter(
            "{{#number ask/right_way requests}}, \
             {{#number ask/right_way refused}}",
        )
        .page();
    assert!(page.contains("48, 36"), "{page}");
    BookFixture::new()
        .chapter("{{#number ask/right_way refused}}")
        .says("ask/right_way printed no whole number before \"refused\"");
}

impl BookFixture {
    /// The same book with a wrong way that takes three times as long.
    fn with_a_pair() -> Self {
        let slow = PROGRAM.replace("it runs", "it runs slowly");
        let run = "  0.000 | Asking\n  3.000 | Answered\n  3.004 = exit 0\n";
        let Self(book) = Self::new()
            .chapter("{{#listing ask/wrong_way}}\n\n{{#speedup ask}}")
            .lesson(&format!("{LESSON}[wrong_way]\nkind = \"slow\"\n"));
        Self(book.listing(ASK, "wrong_way", &slow, run))
    }

    fn page(&self) -> String {
        self.build().unwrap_or_else(|faults| panic!("{faults}"));
        let page = fs::read_to_string(self.path("out/ch01-ask.html"));
        page.expect("the chapter is built")
    }
}

#[test]
fn a_speed_up_is_the_ratio_of_the_pair() {
    let page = BookFixture::with_a_pair().page();
    assert!(page.contains("<p>3.0×</p>"), "{page}");
}

#[test]
fn the_timelines_of_a_pair_share_one_scale() {
    let page = BookFixture::with_a_pair().page();
    let widths: Vec<&str> = page
        .split("<rect class=\"bar")
        .skip(1)
        .filter_map(|bar| bar.split(" width=\"").nth(1)?.split('"').next())
        .collect();
    // The right way comes first in this book: 1 s and 3 s of 3.004 s. Each run
    // is drawn once: a script lays both below each other in the pair.
    assert_eq!(widths, ["33.29%", "99.87%"]);
    let stage = "<div class=\"stage\" data-of=\"ask-wrong-way ask-right-way\"";
    assert_eq!(page.matches(stage).count(), 1, "{page}");
}

#[test]
fn a_pair_shows_both_times_and_what_changed() {
    let page = BookFixture::with_a_pair().page();
    let (_, pair) = page.split_once("id=\"ask-pair\"").expect("a pair");
    let (pair, _) = pair.split_once("</section>").expect("it ends");
    assert!(pair.contains("<b>✗ 3.0\u{a0}s</b> wrong way"), "{pair}");
    assert!(pair.contains("<b>✓ 1.0\u{a0}s</b> right way"), "{pair}");
    assert!(pair.contains("3.0× as fast"), "{pair}");
    assert!(pair.contains("1 line out, 1 line in"), "{pair}");
    assert!(pair.contains("<strong> slowly</strong>"), "{pair}");
    assert!(
        !BookFixture::new().page().contains("-pair\""),
        "one is no pair"
    );
}

/// A prediction of the fixture's one listing.
const PREDICT: &str = "[[predict]]\nof = \"right_way\"\nasks = \"at Answered\"\n\
question = \"When is *it* answered?\"\nchoices = [\"half\", \"double\"]\n\
why = \"It took {{#span ask/right_way call}}.\"\n";

impl BookFixture {
    /// The same book with a question before its listing.
    fn asking(prediction: &str) -> Self {
        let chapter = CHAPTER
            .replace("{{#listing", "{{#predict ask/right_way}}\n\n{{#listing");
        Self::new()
            .lesson(&format!("{LESSON}{prediction}"))
            .file("src/ch01-ask.md", &chapter)
    }
}

#[test]
fn a_prediction_stands_between_the_program_and_its_run() {
    let page = BookFixture::asking(PREDICT).page();
    let place = |words: &str| {
        page.find(words)
            .unwrap_or_else(|| panic!("{words} in {page}"))
    };
    let question = place("When is <em>it</em> answered?");
    assert!(place("class=\"program\"") < question);
    assert!(question < place("class=\"transcript\""));
    // Figures in their order; the one in the middle is right.
    let choices: Vec<&str> = page
        .split("<input type=\"radio\"")
        .skip(1)
        .filter_map(|choice| choice.split("</label>").next())
        .collect();
    assert_eq!(choices.len(), 3);
    assert!(choices[0].contains("0.5\u{a0}s"), "{choices:?}");
    assert!(choices[1].contains("data-right"), "{choices:?}");
    assert!(!choices[2].contains("data-right"), "{choices:?}");
    assert!(place("It took 1.0\u{a0}s.") > question);
    assert!(place("class=\"answers\"") > place("class=\"transcript\""));
}

/// The file that a page of the built book names, by how its name begins.
fn named(fixture: &BookFixture, page: &str, begins: &str) -> String {
    let at = page.find(begins).expect("the page names it");
    let name = page[at..].split('"').next().unwrap_or_default();
    fs::read_to_string(fixture.path("out").join(name)).expect("it is there")
}

#[test]
fn the_map_of_all_predictions_is_a_file_and_on_no_page() {
    let fixture = BookFixture::asking(PREDICT);
    let page = fixture.page();
    assert!(!page.contains("workbook-predictions"), "{page}");
    let head = named(&fixture, &page, "head-");
    let map = named(&fixture, &head, "predictions-");
    let ids =
        r#"window.workbook_predictions={"ch01-ask":["ask-right-way-at"]};"#;
    assert_eq!(map, ids);
}

#[test]
fn words_that_answer_a_question_wait_for_it() {
    let chapter = "# Asking\n\nIt takes {{#span ask/right_way call}}.\n\n\
                   {{#predict ask/right_way}}\n\n{{#listing ask/right_way}}\n\n\
                   Look at the bars.\n\nFutures are lazy.\n\n## Later\n\n\
                   Bars are drawn.\n";
    let page = BookFixture::asking(PREDICT)
        .file("src/ch01-ask.md", chapter)
        .page();
    let until = "class=\"seal\" data-until=\"predict-ask-right-way-at\">";
    let waits = |words: &str| page.contains(&format!("{until}{words}"));
    assert!(waits("1.0\u{a0}s</span>."), "the answer itself: {page}");
    assert!(waits("\n<p>Look at the bars.</p>\n</div>"), "{page}");
    assert!(waits("<span data-n=\"2\">    <var>assert"), "{page}");
    assert!(!waits("\n<p>Futures"), "{page}");
    assert!(!waits("\n<p>Bars"), "a heading ends it: {page}");
}

#[test]
fn predictions_that_cannot_be_asked() {
    for (old, new, says) in [
        (
            "at Answered",
            "at Refused",
            "no line that ask/right_way printed",
        ),
        ("at Answered", "span tea", "ask/right_way has no lane `tea`"),
        ("at Answered", "colour", "nothing is known of \"colour\""),
        (
            "\"double\"",
            "\"treble\"",
            "the choice \"treble\" can't be made out",
        ),
        (
            "\"double\"",
            "\"span call\"",
            "two choices read \"1.0\u{a0}s\"",
        ),
        (
            "[\"half\", \"double\"]",
            "[]",
            "the question has no wrong choice",
        ),
        (
            "\"half\"",
            "\"took wrong_way\"",
            "the lesson has no `wrong_way`",
        ),
    ] {
        let prediction = PREDICT.replace(old, new);
        let place = "listings/ch01-ask/ask/lesson.toml:11: ";
        BookFixture::asking(&prediction).says(&format!("{place}{says}"));
    }
}

#[test]
fn an_order_that_names_other_things() {
    let prediction = PREDICT
        .replace("at Answered", "order")
        .replace("\"half\", \"double\"", "\"call, tea\"");
    BookFixture::asking(&prediction).says(
        "listings/ch01-ask/ask/lesson.toml:11: \"call, tea\" is no order of \
         these\n    put call in another order",
    );
}

#[test]
fn a_prediction_with_a_typed_figure_or_a_dead_directive() {
    BookFixture::asking(&PREDICT.replace("When", "After 3 s, when"))
        .says("lesson.toml:12: \"3 s\" is typed into prose");
    BookFixture::asking(&PREDICT.replace("right_way call", "right_way tea"))
        .says("lesson.toml: ask/right_way has no lane `tea`");
}

#[test]
fn a_prediction_that_no_chapter_asks_and_one_that_is_not_there() {
    BookFixture::new().lesson(&format!("{LESSON}{PREDICT}")).says(
        "listings/ch01-ask/ask/lesson.toml: no chapter asks what is predicted \
         of ask/right_way\n    write {{#predict ask/right_way}} above the \
         listing, in src/ch01-ask.md",
    );
    BookFixture::asking("").says(
        "src/ch01-ask.md:3: ask/right_way has nothing to predict\n    add a \
         [[predict]] to listings/ch01-ask/ask/lesson.toml",
    );
}

#[test]
fn marks_and_open_lanes_are_drawn_and_told() {
    let lesson = LESSON.replace("ends = \"Answered\"", "unfinished = true");
    let mark = "[[mark]]\nname = \"said\"\nat = \"Answered\"\n\
                kind = \"note\"\nlane = \"call\"\n";
    let page = BookFixture::new().lesson(&format!("{lesson}{mark}")).page();
    for told in [
        "<li>call from 0.0\u{a0}s to 1.0\u{a0}s, still under way</li>",
        "<li>said (note) at 1.0\u{a0}s</li>",
        "</svg>said</li>",
        "</svg>still under way</li>",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    BookFixture::new()
        .lesson(&format!("{LESSON}{}", mark.replace("Answered", "Refused")))
        .says(
            "listings/ch01-ask/ask/lesson.toml:11: mark `said`: no line of \
             right_way contains \"Refused\"",
        );
}

#[test]
fn the_first_use_of_a_term_links_to_the_glossary() {
    let page = BookFixture::new()
        .file(
            "src/SUMMARY.md",
            "- [Asking](ch01-ask.md)\n- [Glossary](glossary.md)\n",
        )
        .file(
            "src/glossary.md",
            "# Glossary\n\nrun\n: What a program does.\n",
        )
        .chapter("One run and another run.")
        .page();
    assert_eq!(page.matches("href=\"glossary.html#run\"").count(), 1);
}

#[test]
fn a_page_asks_for_one_style_sheet_and_for_no_search_until_one_searches() {
    let fixture = BookFixture::new();
    let page = fixture.page();
    assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1);
    let scripts: Vec<&str> = page
        .split("<script src=\"")
        .skip(1)
        .filter_map(|script| script.split('-').next())
        .collect();
    assert_eq!(scripts, ["head", "book"]);
    assert!(page.contains("window.workbook_search = \"searchindex-"));
    let index = named(&fixture, &page, "searchindex-");
    assert!(index.contains("window.workbook_index={"), "{index}");
    assert!(!page.contains("elasticlunr"), "mdBook's search is off");
    // mdBook switches these by name.
    assert!(page.contains("<style id=\"mdbook-ayu-highlight-css\"></style>"));
    let files: Vec<PathBuf> = fs::read_dir(fixture.path("out"))
        .expect("it is built")
        .map(|entry| entry.expect("readable").path())
        .collect();
    assert!(!files.iter().any(|path| path.is_dir()), "{files:?}");
}

#[test]
fn an_excerpt_is_cut_from_its_listing() {
    let program =
        PROGRAM.replace("    assert", "    // ANCHOR: core\n    assert");
    let program = program.replace(";\n}", ";\n    // ANCHOR_END: core\n}");
    let page = BookFixture::new()
        .file("listings/ch01-ask/ask/src/right_way.rs", &program)
        .chapter("{{#excerpt ask/right_way core}}")
        .page();
    let (_, below) = page.split_once("</section>").expect("the listing ends");
    let code = "<var>assert</var>!(";
    assert!(below.contains(code), "{below}");
    assert!(!page.contains("ANCHOR"), "{page}");
}

/// A library of one file beside the listing.
const MODULE: &str = "//! Shared.\n// ANCHOR: wait\npub fn wait() {}\n\
                      // ANCHOR_END: wait\n";

impl BookFixture {
    /// The same lesson with a library, and a record of both.
    fn with_a_library(module: &str) -> Self {
        let shared = Source::new(module).fingerprint();
        let whole = format!("{}\n{shared}\n", PROGRAM.trim_end());
        let program = Source::new(&whole).fingerprint();
        let lesson = "listings/ch01-ask/ask";
        Self::new()
            .file(&format!("{lesson}/src/patience.rs"), module)
            .file(
                &format!("{lesson}/transcripts/right_way.txt"),
                &format!("program {program}\n{RUN}"),
            )
    }
}

#[test]
fn another_library_makes_the_transcript_stale() {
    BookFixture::with_a_library(MODULE)
        .build()
        .unwrap_or_else(|faults| panic!("{faults}"));
    let other = MODULE.replace("wait() {}", "wait() { loop {} }");
    BookFixture::with_a_library(MODULE)
        .file("listings/ch01-ask/ask/src/patience.rs", &other)
        .says("the transcript is stale");
}

#[test]
fn an_excerpt_of_a_lessons_library_has_a_caption() {
    let page = BookFixture::with_a_library(MODULE)
        .chapter("{{#excerpt ask/patience wait}}")
        .page();
    let (_, below) = page.split_once("</section>").expect("the listing ends");
    let caption = "<figure class=\"excerpt\"><figcaption>\
                   <code>ask/src/patience.rs</code></figcaption>";
    let (_, below) = below.split_once(caption).expect("a caption");
    assert!(below.contains("<b>pub fn</b> wait()"), "{below}");
    assert!(!page.contains("ANCHOR"), "{page}");
}

#[test]
fn an_excerpt_of_a_support_crate_has_a_caption() {
    let page = BookFixture::new()
        .file("listings/support/client/src/sse.rs", MODULE)
        .chapter("{{#excerpt client/sse wait}}")
        .page();
    let caption = "<figcaption><code>client/src/sse.rs</code></figcaption>";
    let (_, below) = page.split_once(caption).expect("a caption");
    assert!(below.contains("<b>pub fn</b> wait()"), "{below}");
    BookFixture::new()
        .file("listings/support/client/src/sse.rs", MODULE)
        .chapter("{{#excerpt client/sse work}}")
        .says("src/ch01-ask.md:5: client/sse has no anchor `work`");
}

#[test]
fn a_missing_anchor_of_a_lessons_library() {
    BookFixture::with_a_library(MODULE)
        .chapter("{{#excerpt ask/patience work}}")
        .says(
            "src/ch01-ask.md:5: ask/patience has no anchor `work`\n    put \
             `// ANCHOR: work` and `// ANCHOR_END: work` into \
             listings/ch01-ask/ask/src/patience.rs",
        );
}

#[test]
fn a_library_has_no_run_to_measure() {
    BookFixture::with_a_library(MODULE)
        .chapter("{{#took ask/patience}}")
        .says("src/ch01-ask.md:5: the lesson `ask` has no `patience`");
}

#[test]
fn an_unknown_directive() {
    BookFixture::new().chapter("It took {{#tok ask/right_way}}.").says(
        "src/ch01-ask.md:5: there is no directive `{{#tok}}`\n    there are \
         listing, predict, excerpt, took,",
    );
}

#[test]
fn an_include_is_no_directive_of_this_book() {
    BookFixture::new()
        .chapter("{{#include ../x.rs}}")
        .says("src/ch01-ask.md:5: there is no directive `{{#include}}`");
}

#[test]
fn an_unknown_lesson() {
    BookFixture::new()
        .chapter("It took {{#took asks/right_way}}.")
        .says(
            "src/ch01-ask.md:5: there is no lesson `asks`\n    there are: ask",
        );
}

#[test]
fn an_unknown_way() {
    BookFixture::new().chapter("It took {{#took ask/wrong_way}}.").says(
        "src/ch01-ask.md:5: the lesson `ask` has no `wrong_way`\n    it has: \
         right_way",
    );
}

#[test]
fn a_directive_without_a_way() {
    BookFixture::new()
        .chapter("{{#took ask}}")
        .says("src/ch01-ask.md:5: \"ask\" names no listing");
}

#[test]
fn a_missing_anchor() {
    BookFixture::new()
        .chapter("{{#excerpt ask/right_way core}}")
        .says(
            "src/ch01-ask.md:5: ask/right_way has no anchor `core`\n    put \
         `// ANCHOR: core`",
        );
}

#[test]
fn a_listing_in_the_middle_of_a_line() {
    BookFixture::new()
        .chapter("See {{#listing ask/right_way}}")
        .says("src/ch01-ask.md:5: `{{#listing}}` is not on a line of its own");
}

#[test]
fn words_that_no_line_contains() {
    BookFixture::new()
        .chapter("{{#at ask/right_way Refused}}")
        .says(
            "src/ch01-ask.md:5: no line that ask/right_way printed contains \
         \"Refused\"",
        );
    BookFixture::new()
        .chapter("{{#count ask/right_way Refused}}")
        .says("src/ch01-ask.md:5: no line that ask/right_way printed");
    BookFixture::new()
        .chapter("{{#count ask/right_way}}")
        .says("src/ch01-ask.md:5: there are no words to look for");
}

#[test]
fn an_unknown_lane() {
    BookFixture::new()
        .chapter("{{#span ask/right_way tea}}")
        .says(
            "src/ch01-ask.md:5: ask/right_way has no lane `tea`\n    \
         listings/ch01-ask/ask/lesson.toml has: call",
        );
}

#[test]
fn a_speed_up_without_a_pair() {
    BookFixture::new()
        .chapter("{{#speedup ask}}")
        .says("src/ch01-ask.md:5: the lesson `ask` has no `wrong_way`");
}

#[test]
fn a_missing_transcript() {
    BookFixture::new()
        .without("listings/ch01-ask/ask/transcripts/right_way.txt")
        .says(
            "listings/ch01-ask/ask/transcripts/right_way.txt: the transcript is \
             missing\n    run `cargo run -- record ask`",
        );
}

#[test]
fn a_stale_transcript() {
    let program = PROGRAM.replace("it runs", "it really runs");
    BookFixture::new()
        .file("listings/ch01-ask/ask/src/right_way.rs", &program)
        .says(
            "listings/ch01-ask/ask/transcripts/right_way.txt: the transcript is \
             stale: it is of another program\n    run `cargo run -- record ask`",
        );
}

#[test]
fn a_transcript_that_is_none() {
    BookFixture::new()
        .file("listings/ch01-ask/ask/transcripts/right_way.txt", "soon\n")
        .says(
            "listings/ch01-ask/ask/transcripts/right_way.txt:1: not \"seconds",
        );
}

#[test]
fn a_lane_that_matches_nothing() {
    BookFixture::new().lesson(&LESSON.replace("Answered", "Refused")).says(
        "listings/ch01-ask/ask/lesson.toml:8: lane `call`: no line of right_way \
         contains \"Refused\"",
    );
}

#[test]
fn a_lesson_that_says_something_unknown() {
    BookFixture::new()
        .lesson(&LESSON.replace("cells", "sells"))
        .says("listings/ch01-ask/ask/lesson.toml:3: unknown field `sells`");
}

#[test]
fn a_lesson_without_its_metadata_or_its_binary() {
    let fixture =
        BookFixture::new().without("listings/ch01-ask/ask/lesson.toml");
    fixture.says("listings/ch01-ask/ask/lesson.toml: the file is missing");
    BookFixture::new()
        .file("listings/ch01-ask/ask/Cargo.toml", "")
        .says(
            "listings/ch01-ask/ask/Cargo.toml: there is no [[bin]] `ask-right",
        );
}

#[test]
fn a_table_without_its_file_and_a_file_without_its_table() {
    let more = "[wrong_way]\nkind = \"slow\"\n";
    BookFixture::new().lesson(&format!("{LESSON}{more}")).says(
        "lesson.toml: [wrong_way] has no listings/ch01-ask/ask/src/wrong",
    );
    BookFixture::new()
        .file("listings/ch01-ask/ask/src/wrong_way.rs", PROGRAM)
        .says("src/wrong_way.rs: lesson.toml has no table [wrong_way]");
}

#[test]
fn a_listing_that_asserts_nothing() {
    let program = "fn main() {}\n";
    BookFixture::new()
        .file("listings/ch01-ask/ask/src/right_way.rs", program)
        .says("src/right_way.rs: the listing asserts nothing");
}

#[test]
fn a_listing_that_is_no_rust() {
    BookFixture::new()
        .file("listings/ch01-ask/ask/src/right_way.rs", "fn main() {\n\n")
        .says("src/right_way.rs:1: ");
}

#[test]
fn a_dead_link() {
    BookFixture::new().chapter("[a](ch02-tell.md)").says(
        "src/ch01-ask.md:5: the link to ch02-tell.md is dead: there is no such \
         chapter",
    );
    BookFixture::new().chapter("[a](#asked)").says(
        "src/ch01-ask.md:5: the link to #asked is dead: no such heading there",
    );
}

#[test]
fn a_listing_that_no_chapter_shows_or_one_shows_twice() {
    BookFixture::new().file("src/ch01-ask.md", "# Asking\n").says(
        "listings/ch01-ask/ask/src/right_way.rs: no chapter shows the listing\n    \
         write {{#listing ask/right_way}} once, in src/ch01-ask.md",
    );
    BookFixture::new()
        .chapter("{{#listing ask/right_way}}")
        .says("src/right_way.rs: the listing is shown 2 times");
}

#[test]
fn a_listing_in_another_chapter() {
    BookFixture::new()
        .file("src/SUMMARY.md", "- [A](ch01-ask.md)\n- [B](ch02-b.md)\n")
        .file("src/ch01-ask.md", "# Asking\n")
        .file("src/ch02-b.md", CHAPTER)
        .says("src/ch02-b.md:3: ask/right_way belongs to the chapter ch01-ask");
}

#[test]
fn a_foreign_file_in_the_source_folder() {
    BookFixture::new()
        .file("src/main.rs", PROGRAM)
        .says("src/main.rs: a foreign file: mdBook would copy it");
}

#[test]
fn a_chapter_that_the_summary_does_not_list() {
    BookFixture::new()
        .file("src/ch02-tell.md", "# Telling\n")
        .says("src/ch02-tell.md: the summary does not list this chapter");
}

#[test]
fn a_chapter_that_is_not_there() {
    BookFixture::new()
        .without("src/ch01-ask.md")
        .says("ch01-ask.md");
}

#[test]
fn a_duration_and_a_ratio_typed_into_prose() {
    let fixture =
        BookFixture::new().chapter("It took 9 s.\n\nThat is 5× better.");
    fixture.says(
        "src/ch01-ask.md:5: \"9 s\" is typed into prose\n    use {{#took}}",
    );
    fixture.says("src/ch01-ask.md:7: \"5×\" is typed into prose");
}

#[test]
fn all_faults_are_told_at_once_in_order_of_place() {
    let said = BookFixture::new()
        .chapter("It took 9 s.\n\n{{#tok x}}\n\n[a](b.md)")
        .file("src/main.rs", PROGRAM)
        .without("listings/ch01-ask/ask/transcripts/right_way.txt")
        .build()
        .expect_err("the book is faulty");
    let places: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        places,
        [
            "listings/ch01-ask/ask/transcripts/right_way.txt",
            "src/ch01-ask.md:5",
            "src/ch01-ask.md:7",
            "src/ch01-ask.md:9",
            "src/main.rs",
            "5 faults",
        ]
    );
}

#[test]
fn a_root_is_found_from_a_folder_below_it() {
    let fixture = BookFixture::new();
    let below = fixture.path("listings/ch01-ask");
    let root = book::root_above(&below);
    assert_eq!(root.as_deref(), Some(fixture.0.root()));
    assert_eq!(book::root_above(Path::new("/")), None);
}
