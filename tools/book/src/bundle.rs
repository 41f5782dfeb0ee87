//! Fewer requests for the same page: the style sheets of a built site as one,
//! its scripts as one, and the search only once somebody searches.
//!
//! mdBook names each on a line of its own template. Its files that no page
//! asks for any more are deleted.

use crate::search;
use anyhow::{Context, Result, anyhow, ensure};
use maud::{DOCTYPE, Markup, html};
use regex::{Captures, Regex};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

static STYLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^\s*<link rel="stylesheet"(?: id="([^"]+)")? href="([^"]+)"( media="print")?>\s*$"#,
    )
    .expect("a valid pattern")
});

static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^\s*<script src="([^"]+)"></script>\s*$"#)
        .expect("a valid pattern")
});

/// What runs before the page is there, so that nothing of it moves later: the
/// contents, and what waits for an answer.
const EARLY: [&str; 5] = [
    "toc-",
    "tools/book/page/js/place",
    "tools/book/page/js/answers",
    "tools/book/page/js/seal",
    "tools/book/page/js/predict",
];

/// The parts of mdBook's `book.js` that serve nothing here: no code runs on its
/// playground, and copy.js copies.
const DEAD: [&str; 2] = ["codeSnippets", "clipboard"];

/// Which questions each chapter asks: the same on every page.
static PREDICTIONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?s)<script class="workbook-predictions"[^>]*>(.*?)</script>\s*"#,
    )
    .expect("a valid pattern")
});

/// Icons that only the playground's buttons had, and notes of mdBook's.
static USELESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)<template id=fa-.*?</template>|<!--.*?-->"#)
        .expect("a valid pattern")
});

/// The blanks that begin a line of mdBook's template.
static INDENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\n\s+").expect("a valid pattern"));

/// Files that no page names once this has run, by how their names begin.
const UNUSED: [&str; 2] = ["fonts", "FontAwesome"];

/// Bundles the site in `dir`, in place, with the `index` of its search.
///
/// # Errors
/// If a page can't be read or written, or names a file that is not there.
pub fn bundle(dir: &Path, index: &str) -> Result<()> {
    let mut site = SiteFolder {
        dir,
        index: String::new(),
        up: String::new(),
        gone: BTreeSet::new(),
    };
    site.index = site.named("searchindex", "js", index)?;
    site.folder(Path::new(""))?;
    for name in site.gone {
        let path = dir.join(name);
        fs::remove_file(&path)
            .with_context(|| format!("can't delete {}", path.display()))?;
        // The folders that are empty now go too; the first that is not ends it.
        path.ancestors()
            .skip(1)
            .find(|above| fs::remove_dir(above).is_err());
    }
    fs::write(dir.join(NOT_FOUND), not_found().into_string())
        .with_context(|| format!("can't write {NOT_FOUND}"))?;
    for name in UNUSED.map(|name| dir.join(name)) {
        if name.is_dir() {
            fs::remove_dir_all(&name)
                .with_context(|| format!("can't delete {}", name.display()))?;
        }
    }
    Ok(())
}

/// What a host answers where there is no such page.
pub const NOT_FOUND: &str = "404.html";

/// The page for a wrong address. It stands for any, at any depth, so that it
/// names no file of the book.
fn not_found() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { "No such page" }
                style {
                    ":root{color-scheme:light dark}body{font:18px/1.6 system-ui,\
                     sans-serif;max-width:34em;margin:15vh auto;padding:0 1em}"
                }
            }
            body {
                main {
                    h1 { "There is no such page" }
                    p {
                        "The address is wrong, or the page has moved. "
                        a href="/" { "The book begins here" }
                        "; its search opens with the key " kbd { "/" } "."
                    }
                }
            }
        }
    }
}

/// Code without its comments and blanks.
fn small(kind: &str, text: &str) -> Result<String> {
    let small = match kind {
        "css" => minifier::css::minify(text).map(|css| css.to_string()),
        _ => minifier::js::minify(text).map(|js| js.to_string()),
    };
    small.map_err(|error| anyhow!("can't make the {kind} smaller: {error}"))
}

/// mdBook's `book.js` without the parts that serve nothing here.
fn without_dead_parts(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for name in DEAD {
        let start = text.find(&format!("(function {name}()"));
        let start = start.with_context(|| format!("no {name} in book.js"))?;
        let end = "\n})();\n";
        let length = text[start..].find(end).context("book.js: no end")?;
        text.replace_range(start..start + length + end.len(), "");
    }
    Ok(text)
}

/// A page with the button and the box of its search.
fn with_search(page: &str) -> String {
    let themes = "<ul id=\"mdbook-theme-list\"";
    let content = "<div id=\"mdbook-content\"";
    let button = search::button().into_string();
    let panel = search::panel().into_string();
    page.replacen(themes, &format!("{button}{themes}"), 1)
        .replacen(content, &format!("{panel}{content}"), 1)
}

/// A page's frame, as mdBook's template has it, without what nothing uses. Its
/// text is left alone: blanks mean something there.
fn slim(page: &str) -> String {
    let clean = |part: &str| {
        let part = USELESS.replace_all(part, "");
        INDENT.replace_all(&part, "\n").into_owned()
    };
    let parts = page.split_once("<main>").and_then(|(above, rest)| {
        let (text, below) = rest.rsplit_once("</main>")?;
        Some((above, text, below))
    });
    match parts {
        Some((above, text, below)) => {
            format!("{}<main>{text}</main>{}", clean(above), clean(below))
        }
        None => page.to_owned(),
    }
}

/// A site under way.
struct SiteFolder<'d> {
    dir: &'d Path,
    /// The file of the search's index.
    index: String,
    /// From the page at hand to the root of the site.
    up: String,
    /// What no page names any more.
    gone: BTreeSet<String>,
}

impl SiteFolder<'_> {
    /// Bundles the pages in a folder of the site, and those below it.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let dir = self.dir.join(folder);
        let entries = fs::read_dir(&dir)
            .with_context(|| format!("can't read {}", dir.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = folder.join(path.file_name().unwrap_or_default());
            if path.is_dir() {
                self.folder(&name)?;
            } else if path.extension().is_some_and(|kind| kind == "html") {
                self.up = "../".repeat(folder.components().count());
                let page = fs::read_to_string(&path)
                    .context("it can't be read")
                    .and_then(|page| self.page(&page))
                    .with_context(|| name.display().to_string())?;
                fs::write(&path, page)
                    .with_context(|| name.display().to_string())?;
            }
        }
        Ok(())
    }

    /// One page, with the bundles it needs written to the root of the site.
    fn page(&mut self, page: &str) -> Result<String> {
        // The contents without scripts, which mdBook gives no name.
        let frame = "<iframe class=\"sidebar-iframe-outer\"";
        let page = page.replace(frame, &format!("{frame} title=\"Contents\""));
        let page = with_search(&page);
        let (styles, page) = self.take_styles(&page)?;
        let name = self.write("book", "css", &styles)?;
        let link =
            format!("<link rel=\"stylesheet\" href=\"{name}\">\n    </head>");
        self.take_scripts(&page.replacen("</head>", &link, 1))
            .map(|page| slim(&page))
    }

    /// The text of a page's style sheets, and the page without them. Those
    /// that mdBook switches with the theme leave an empty one of their name.
    fn take_styles(&mut self, page: &str) -> Result<(String, String)> {
        let mut styles = String::new();
        for sheet in STYLE.captures_iter(page) {
            let text = self.take(&sheet[2])?;
            styles += &match sheet.get(3) {
                Some(_) => format!("@media print {{\n{text}\n}}\n"),
                None => text + "\n",
            };
        }
        let left = |sheet: &Captures| match sheet.get(1) {
            Some(id) => format!("\n<style id=\"{}\"></style>", id.as_str()),
            None => String::new(),
        };
        Ok((styles, STYLE.replace_all(page, left).into_owned()))
    }

    /// The page with its scripts in two: one before the page, in the place of
    /// the contents, and one behind it, in the place of the last of them. The
    /// names of the search scripts are for whoever will search.
    fn take_scripts(&mut self, page: &str) -> Result<String> {
        let predictions = PREDICTIONS.captures(page).map(|it| it[1].to_owned());
        let page = &PREDICTIONS.replace_all(page, "");
        let sources: Vec<&str> = SCRIPT
            .captures_iter(page)
            .filter_map(|script| Some(script.get(1)?.as_str()))
            .collect();
        let Some(last) = sources.last() else {
            return Ok(page.clone().into_owned());
        };
        let (early, late): (Vec<&str>, Vec<&str>) =
            sources.iter().partition(|src| self.is(src, &EARLY));
        let mut head = self.joined(&early)?;
        if let Some(ids) = predictions {
            head += &format!("window.workbook_predictions = {ids};\n");
        }
        let head = self.write("head", "js", &head)?;
        let name = self.joined(&late)?;
        let name = self.write("book", "js", &name)?;
        let search =
            serde_json::to_string(&format!("{}{}", self.up, self.index))?;
        let instead = |script: &Captures| {
            if script[1] == *early.first().copied().unwrap_or_default() {
                format!("\n<script src=\"{head}\"></script>")
            } else if script[1] == **last {
                format!(
                    "\n<script>window.workbook_search = {search}</script>\
                     \n<script src=\"{name}\"></script>"
                )
            } else {
                String::new()
            }
        };
        Ok(SCRIPT.replace_all(page, instead).into_owned())
    }

    /// Scripts as one.
    fn joined(&mut self, sources: &[&str]) -> Result<String> {
        let mut scripts = String::new();
        for src in sources {
            let mut text = self.take(src)?;
            if self.is(src, &["book-"]) {
                text = without_dead_parts(&text)?;
            }
            // One may end in a comment, or without a semicolon.
            scripts += &format!("{}\n;\n", text.trim_end());
        }
        Ok(scripts)
    }

    /// Whether a page's `src` names a file of the root whose name begins so.
    fn is(&self, src: &str, names: &[&str]) -> bool {
        names.iter().any(|name| self.file(src).starts_with(name))
    }

    /// What a page names, from the root of the site on.
    fn file<'a>(&self, href: &'a str) -> &'a str {
        href.strip_prefix(&self.up).unwrap_or(href)
    }

    /// The text of a file that the page names, and that no page will need.
    fn take(&mut self, href: &str) -> Result<String> {
        let file = self.file(href);
        ensure!(!file.contains("://"), "{file} is not of this site");
        let (path, name) = (self.dir.join(file), file.to_owned());
        self.gone.insert(name);
        fs::read_to_string(path)
            .with_context(|| format!("it names {file}, which can't be read"))
    }

    /// Writes a bundle and tells its name as the page has it. There is a hash
    /// of its text in the name, so that no browser shows an old one.
    fn write(&self, stem: &str, kind: &str, text: &str) -> Result<String> {
        let name = self.named(stem, kind, &small(kind, text)?)?;
        Ok(format!("{}{name}", self.up))
    }

    /// Writes a file, and tells its name.
    fn named(&self, stem: &str, kind: &str, text: &str) -> Result<String> {
        use std::fmt::Write;
        let mut hash = String::new();
        for byte in &Sha256::digest(text)[..4] {
            write!(hash, "{byte:02x}").expect("a String takes all");
        }
        let name = format!("{stem}-{hash}.{kind}");
        fs::write(self.dir.join(&name), text)
            .with_context(|| format!("can't write {name}"))?;
        Ok(name)
    }
}
