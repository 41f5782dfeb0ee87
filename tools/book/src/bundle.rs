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

/// What comes with the index of the search.
const WITH_INDEX: [&str; 1] = ["tools/book/page/js/find"];

/// What only a page with these words needs: it is a file of its own there.
const APART: [(&str, &str); 2] = [
    ("tools/book/page/js/hook", "<section class=\"hook\""),
    ("tools/book/page/css/hook", "<section class=\"hook\""),
];

/// The parts of mdBook's `book.js` that serve nothing here: no code runs on its
/// playground, and copy.js copies.
const DEAD: [&str; 2] = ["codeSnippets", "clipboard"];

/// Rules of mdBook's style sheets for what this book has not: its search, its
/// playground, images that zoom, tags of quotes, the strips at the sides.
static DEAD_RULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"blockquote-tag|tooltip|\.boring|checkbox-|img-wrapper|\.buttons|ace_editor|hljs|fa-spin|spinner-|\.searchbar-outer|#mdbook-searchbar-outer|\.search-wrapper|\.searchresults-|result-no-output|\.nav-chapters",
    )
    .expect("a valid pattern")
});

/// A rule without rules in it: its selectors and its declarations.
static RULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([^{}]+)\{([^{}]*)\}").expect("a valid pattern")
});

/// A declared variable, and a use of one.
static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(^|;)--([\w-]+):[^;]*").expect("a valid pattern")
});
static USED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"var\(\s*--([\w-]+)").expect("a valid pattern")
});

/// Which questions each chapter asks: the same on every page.
static PREDICTIONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?s)<script class="workbook-predictions"[^>]*>(.*?)</script>\s*"#,
    )
    .expect("a valid pattern")
});

/// Icons that only the playground's buttons had, and notes of mdBook's.
static USELESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<template id=fa-.*?</template>|<!--.*?-->")
        .expect("a valid pattern")
});

/// A page's head says once whose the icons are, in place of each of them.
const HEAD: &str = "<head>\n<!-- Icons: Font Awesome Free, fontawesome.com, \
                    CC BY 4.0 -->";

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
        index,
        up: String::new(),
        gone: BTreeSet::new(),
    };
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

/// The page for a wrong address. All pages of the book are in one folder, which
/// may be anywhere on a host, so its link is relative.
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
                        a href="index.html" { "The book begins here" }
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
        "css" => minifier::css::minify(text)
            .map(|css| without_dead_rules(&css.to_string())),
        _ => minifier::js::minify(text).map(|js| js.to_string()),
    };
    small.map_err(|error| anyhow!("can't make the {kind} smaller: {error}"))
}

/// Styles, minified, without rules and variables that nothing uses.
fn without_dead_rules(css: &str) -> String {
    let live = RULE.replace_all(css, |rule: &Captures| {
        let live: Vec<&str> = rule[1]
            .split(',')
            .filter(|selector| !DEAD_RULE.is_match(selector))
            .collect();
        match live.len() {
            0 => String::new(),
            // A comma within `:is(…)` parts no selectors.
            _ if rule[1].contains('(') => rule[0].to_owned(),
            _ => format!("{}{{{}}}", live.join(","), &rule[2]),
        }
    });
    let used: BTreeSet<&str> = USED
        .captures_iter(&live)
        .filter_map(|used| Some(used.get(1)?.as_str()))
        .collect();
    let declared = |one: &Captures| {
        // A script sets the width that the sidebar is to have.
        if used.contains(&one[2]) || one[2].starts_with("sidebar") {
            one[0].to_owned()
        } else {
            String::new()
        }
    };
    RULE.replace_all(&live, |rule: &Captures| {
        let left = DECLARED.replace_all(&rule[2], declared);
        format!("{}{{{}}}", &rule[1], left.trim_start_matches(';'))
    })
    .into_owned()
}

/// A script without a block, from the words that begin it to the brace that
/// closes it.
fn without_block(text: &str, begins: &str) -> Result<String> {
    let start = text.find(begins);
    let start = start.with_context(|| format!("no {begins} in toc.js"))?;
    let mut depth = 0_usize;
    for (place, letter) in text[start..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => {
                let end = start + place + 1;
                return Ok(format!("{}{}", &text[..start], &text[end..]));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    anyhow::bail!("toc.js: {begins} has no end")
}

/// mdBook's contents without what helps to find faults in them.
fn without_debugging(text: &str) -> Result<String> {
    let text = without_block(text, "function drawDebugLine()")?;
    let text = without_block(&text, "function mdbookEnableThresholdDebug()")?;
    let text = without_block(&text, "if (thresholdDebug)")?;
    Ok(text.replace(
        "window.mdbookEnableThresholdDebug = mdbookEnableThresholdDebug;",
        "",
    ))
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
            let above = clean(above).replacen("<head>", HEAD, 1);
            format!("{above}<main>{text}</main>{}", clean(below))
        }
        None => page.to_owned(),
    }
}

/// A site under way.
struct SiteFolder<'d> {
    dir: &'d Path,
    /// The index of the search.
    index: &'d str,
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
        let (styles, apart, page) = self.take_styles(&page)?;
        let mut link = String::new();
        for (stem, styles) in [("book", styles), ("hook", apart)] {
            if !styles.is_empty() {
                let name = self.write(stem, "css", &styles)?;
                link += &format!("<link rel=\"stylesheet\" href=\"{name}\">\n");
            }
        }
        let link = format!("{link}    </head>");
        self.take_scripts(&page.replacen("</head>", &link, 1))
            .map(|page| slim(&page))
    }

    /// The text of a page's style sheets, and the page without them. Those
    /// that mdBook switches with the theme leave an empty one of their name.
    fn take_styles(&mut self, page: &str) -> Result<(String, String, String)> {
        let (mut styles, mut apart) = (String::new(), String::new());
        for sheet in STYLE.captures_iter(page) {
            let text = self.take(&sheet[2])?;
            if let Some(is_needed) = self.apart(&sheet[2], page) {
                if is_needed {
                    apart += &text;
                }
                continue;
            }
            styles += &match sheet.get(3) {
                Some(_) => format!("@media print {{\n{text}\n}}\n"),
                None => text + "\n",
            };
        }
        let left = |sheet: &Captures| match sheet.get(1) {
            Some(id) => format!("\n<style id=\"{}\"></style>", id.as_str()),
            None => String::new(),
        };
        Ok((styles, apart, STYLE.replace_all(page, left).into_owned()))
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
        let (with_index, late): (Vec<&str>, Vec<&str>) =
            late.into_iter().partition(|src| self.is(src, &WITH_INDEX));
        let (apart, late): (Vec<&str>, Vec<&str>) = late
            .into_iter()
            .partition(|src| self.apart(src, page).is_some());
        let head = self.head(&early, predictions)?;
        let name = self.joined(&late)?;
        let name = self.write("book", "js", &name)?;
        let apart = self.apart_script(&apart, page)?;
        let search = serde_json::to_string(&self.search(&with_index)?)?;
        let instead = |script: &Captures| {
            if script[1] == *early.first().copied().unwrap_or_default() {
                format!("\n<script src=\"{head}\"></script>")
            } else if script[1] == **last {
                format!(
                    "\n<script>window.workbook_search = {search}</script>\
                     \n<script src=\"{name}\"></script>{apart}"
                )
            } else {
                String::new()
            }
        };
        Ok(SCRIPT.replace_all(page, instead).into_owned())
    }

    /// Writes what runs before the page, and the map of all predictions, which
    /// it asks for.
    fn head(
        &mut self,
        early: &[&str],
        predictions: Option<String>,
    ) -> Result<String> {
        let mut head = self.joined(early)?;
        if let Some(ids) = predictions {
            let ids = format!("window.workbook_predictions={ids};");
            let name = self.named("predictions", "js", &ids)?;
            head += &format!("window.workbook_predictions_file=\"{name}\";\n");
        }
        self.write("head", "js", &head)
    }

    /// The tag of the scripts that this page alone needs; empty if it does not.
    fn apart_script(&mut self, apart: &[&str], page: &str) -> Result<String> {
        let text = self.joined(apart)?;
        let first = apart.first();
        if first.and_then(|src| self.apart(src, page)) != Some(true) {
            return Ok(String::new());
        }
        let name = self.write("hook", "js", &text)?;
        Ok(format!("\n<script src=\"{name}\"></script>"))
    }

    /// Writes the index of the search, behind what looks through it.
    fn search(&mut self, with_index: &[&str]) -> Result<String> {
        let find = small("js", &self.joined(with_index)?)?;
        let index = format!("{find}\n{}", self.index);
        let name = self.named("searchindex", "js", &index)?;
        Ok(format!("{}{name}", self.up))
    }

    /// Scripts as one.
    fn joined(&mut self, sources: &[&str]) -> Result<String> {
        let mut scripts = String::new();
        for src in sources {
            let mut text = self.take(src)?;
            if self.is(src, &["book-"]) {
                text = without_dead_parts(&text)?;
            } else if self.is(src, &["toc-"]) {
                text = without_debugging(&text)?;
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

    /// Whether a page needs a file that is for some pages alone; `None` for one
    /// that is for all.
    fn apart(&self, src: &str, page: &str) -> Option<bool> {
        let (_, words) =
            APART.iter().find(|(name, _)| self.is(src, &[name]))?;
        Some(page.contains(words))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_variables_that_nothing_uses_go() {
        let css = ".a{--b:1;--c:2;color:var(--c)}.boring,.d{e:f}\
                   @media print{.tooltiptext{g:h}.i{j:k}}\
                   :is(.l, .hljs){m:n}.hljs{o:p}.q{--r:1}";
        assert_eq!(
            without_dead_rules(css),
            ".a{--c:2;color:var(--c)}.d{e:f}@media print{.i{j:k}}\
             :is(.l, .hljs){m:n}.q{}"
        );
    }

    #[test]
    fn a_block_goes_with_all_its_braces() {
        let script = "a();\nfunction b() { if (c) { d(`${e}`); } }\nf();\n";
        let left = without_block(script, "function b()").expect("it ends");
        assert_eq!(left, "a();\n\nf();\n");
    }
}
