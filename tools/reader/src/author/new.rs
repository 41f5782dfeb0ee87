//! `cargo run -- new`: a chapter or a lesson that compiles and says what to do
//! next.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use lessons::Library;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// What is begun.
#[derive(Subcommand)]
pub enum New {
    /// A chapter, behind the last one that has a number.
    Chapter {
        /// Its name in paths: `bounded-concurrency`.
        name: String,
        /// Its title in the contents [default: the name in words]
        #[arg(long)]
        title: Option<String>,
    },
    /// A lesson: a pair that compiles, to be rewritten, recorded and explained.
    Lesson {
        /// Its chapter: `ch05-join-spawn`, or `ch05`.
        chapter: String,
        /// Its name, which is that of its package: `two-calls`.
        name: String,
        /// What it teaches, in a few words [default: the name in words]
        #[arg(long)]
        title: Option<String>,
    },
}

/// Writes what `what` names into the workbook at `root`.
///
/// # Errors
/// If the name is none, is taken, or has no chapter; then nothing is written.
pub fn new(root: &Path, what: New) -> Result<()> {
    match what {
        New::Chapter { name, title } => {
            let title = title.unwrap_or_else(|| in_words(&name));
            chapter(root, &name, &title)
        }
        New::Lesson {
            chapter,
            name,
            title,
        } => {
            let title = title.unwrap_or_else(|| in_words(&name));
            lesson(root, &chapter, &name, &title)
        }
    }
}

/// `two-calls` as `Two calls`.
fn in_words(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    let first = first.map(String::from_iter).unwrap_or_default();
    first + letters.as_str()
}

/// Refuses what can't be the name of a package and of a folder.
fn check_name(name: &str) -> Result<()> {
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    let is_part =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if begins && name.chars().all(is_part) && !name.ends_with('-') {
        return Ok(());
    }
    bail!(
        "\"{name}\" is no name: write small letters, digits and hyphens, a \
         letter first, as in two-calls"
    )
}

fn chapter(root: &Path, name: &str, title: &str) -> Result<()> {
    check_name(name)?;
    let file = root.join("src/SUMMARY.md");
    let summary = fs::read_to_string(&file)
        .with_context(|| format!("can't read {}", file.display()))?;
    let lines: Vec<&str> = summary.lines().collect();
    let numbered =
        |line: &&str| stem(line).is_some_and(|s| number(s).is_some());
    let last = lines.iter().rposition(numbered);
    let stems: Vec<&str> = lines.iter().filter_map(|it| stem(it)).collect();
    let taken =
        |stem: &&&str| stem.split_once('-').map(|it| it.1) == Some(name);
    if let Some(taken) = stems.iter().find(taken) {
        bail!("there is a chapter src/{taken}.md: choose another name");
    }
    let highest = stems.iter().filter_map(|stem| number(stem)).max();
    let stem = format!("ch{:02}-{name}", highest.unwrap_or(0) + 1);
    let place = last.map_or(lines.len(), |last| last + 1);
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines.insert(place, format!("- [{title}]({stem}.md)"));
    let text = format!(
        "# {title}\n\nWhat goes wrong without it, in seconds or money.\n"
    );
    let path = format!("src/{stem}.md");
    File::create_new(root.join(&path))
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("can't begin {path}"))?;
    fs::write(&file, lines.join("\n") + "\n")?;
    println!(
        "{path} is written and listed in src/SUMMARY.md.\n\
         Next: cargo run -- new lesson {stem} NAME"
    );
    Ok(())
}

/// The chapter that a line of the summary lists.
fn stem(entry: &str) -> Option<&str> {
    let (_, link) = entry.split_once("](")?;
    link.trim_end().strip_suffix(".md)")
}

/// The number of a chapter.
fn number(stem: &str) -> Option<u32> {
    stem.strip_prefix("ch")?.split('-').next()?.parse().ok()
}

fn lesson(root: &Path, chapter: &str, name: &str, title: &str) -> Result<()> {
    let chapter = listed(root, chapter)?;
    check_free(root, &chapter, name)?;
    let dir = format!("listings/{chapter}/{name}");
    let filled =
        |text: &str| text.replace("NAME", name).replace("TITLE", title);
    let quoted = toml::Value::from(title).to_string();
    for (file, text) in TEMPLATE {
        let text = text.replace("\"TITLE\"", &quoted);
        let path = root.join(&dir).join(file);
        let folder = path.parent().context("a file has a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&path, filled(&text))
            .with_context(|| format!("can't write {}", path.display()))?;
    }
    let page = root.join(format!("src/{chapter}.md"));
    let text = fs::read_to_string(&page)?;
    fs::write(&page, text + &filled(PAIR))?;
    println!(
        "{dir} has a pair that compiles, and src/{chapter}.md shows it at its \
         end.\nNext:\n  1. write both programs: what is wrong, what is right\n  \
         2. cargo run -- record {name}\n  3. cargo run -- check {name}, on \
         every save"
    );
    Ok(())
}

/// # Errors
/// If no lesson of this chapter can have this name.
fn check_free(root: &Path, chapter: &str, name: &str) -> Result<()> {
    check_name(name)?;
    let (library, _) = Library::load(root)?;
    if let Some(taken) = library.lesson(name) {
        bail!(
            "there is a lesson `{name}` in {}: a lesson's name is that of its \
             package; choose another",
            taken.chapter
        );
    }
    if is_package(root, name) {
        bail!(
            "there is a package `{name}` in this workspace: choose another name"
        );
    }
    let dir = format!("listings/{chapter}/{name}");
    if root.join(&dir).exists() {
        bail!("there is a folder {dir}: choose another name, or delete it");
    }
    Ok(())
}

/// Whether a package that is no lesson has this name, by its folder.
fn is_package(root: &Path, name: &str) -> bool {
    let homes = ["tools", "listings/support"];
    name == "workbook"
        || homes.iter().any(|home| root.join(home).join(name).is_dir())
}

/// The files of a lesson, and what is in them.
const TEMPLATE: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.txt")),
    ("lesson.toml", include_str!("template/lesson.toml.txt")),
    ("src/wrong_way.rs", include_str!("template/wrong_way.rs")),
    ("src/right_way.rs", include_str!("template/right_way.rs")),
];

/// How a chapter shows a pair.
const PAIR: &str = "\n## TITLE?\n\n{{#listing NAME/wrong_way}}\n\n\
Why, and what to do instead.\n\n{{#predict NAME/right_way}}\n\n\
{{#listing NAME/right_way}}\n";

/// The stem of the chapter that is named, by all of it or how it begins.
fn listed(root: &Path, name: &str) -> Result<String> {
    let summary = fs::read_to_string(root.join("src/SUMMARY.md"))
        .context("can't read src/SUMMARY.md")?;
    let stems: Vec<&str> = summary.lines().filter_map(stem).collect();
    let named = stems
        .iter()
        .filter(|stem| **stem == name || stem.starts_with(&format!("{name}-")));
    let named: Vec<&&str> = named.collect();
    if let [one] = named.as_slice() {
        return Ok((**one).to_owned());
    }
    let all = stems.iter().filter(|stem| number(stem).is_some());
    let all: Vec<&str> = all.copied().collect();
    bail!(
        "src/SUMMARY.md lists no chapter \"{name}\"; it lists: {}\nTo begin \
         one: cargo run -- new chapter NAME",
        all.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_packages() {
        for name in ["two-calls", "a", "h2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "Two", "2calls", "two_calls", "a/b", "a-", "-a", "é"]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert_eq!(in_words("two-calls"), "Two calls");
    }

    #[test]
    fn a_line_of_the_summary_has_a_stem_and_perhaps_a_number() {
        assert_eq!(stem("- [Tasks](ch04-tasks.md)"), Some("ch04-tasks"));
        assert_eq!(number("ch04-tasks"), Some(4));
        assert_eq!(number("glossary"), None);
        assert_eq!(stem("# Part I"), None);
    }
}
