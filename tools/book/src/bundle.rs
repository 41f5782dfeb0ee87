//! Fewer requests for the same page: the style sheets of a built site as one,
//! its scripts as one, and the search only once somebody searches.
//!
//! mdBook names each on a line of its own template. Its files that no page
//! asks for any more are deleted.

use anyhow::{Context, Result, anyhow, ensure};
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

/// The scripts of mdBook's search, in the order in which they are needed.
const SEARCH: [&str; 3] = ["elasticlunr", "mark", "searcher"];

/// What mdBook loads as early as it can, and by itself.
const EARLY: [&str; 1] = ["toc-"];

/// Files that no page names once this has run, by how their names begin.
const UNUSED: [&str; 2] = ["fonts", "FontAwesome"];

/// Bundles the site in `dir`, in place.
///
/// # Errors
/// If a page can't be read or written, or names a file that is not there.
pub fn bundle(dir: &Path) -> Result<()> {
    let mut site = SiteFolder {
        dir,
        up: String::new(),
        gone: BTreeSet::new(),
        early: BTreeSet::new(),
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
    for name in site.early {
        let path = dir.join(&name);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("can't read {name}"))?;
        fs::write(&path, small("js", &text)?)
            .with_context(|| format!("can't write {name}"))?;
    }
    for name in UNUSED.map(|name| dir.join(name)) {
        if name.is_dir() {
            fs::remove_dir_all(&name)
                .with_context(|| format!("can't delete {}", name.display()))?;
        }
    }
    Ok(())
}

/// Code without its comments and blanks.
fn small(kind: &str, text: &str) -> Result<String> {
    let small = match kind {
        "css" => minifier::css::minify(text).map(|css| css.to_string()),
        _ => minifier::js::minify(text).map(|js| js.to_string()),
    };
    small.map_err(|error| anyhow!("can't make the {kind} smaller: {error}"))
}

/// A site under way.
struct SiteFolder<'d> {
    dir: &'d Path,
    /// From the page at hand to the root of the site.
    up: String,
    /// What no page names any more.
    gone: BTreeSet<String>,
    /// Scripts that stay by themselves.
    early: BTreeSet<String>,
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
        let (styles, page) = self.take_styles(&page)?;
        let name = self.write("book", "css", &styles)?;
        let link =
            format!("<link rel=\"stylesheet\" href=\"{name}\">\n    </head>");
        self.take_scripts(&page.replacen("</head>", &link, 1))
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

    /// The page with its scripts in one, in the place of the last of them, and
    /// the names of the search scripts for whoever will search.
    fn take_scripts(&mut self, page: &str) -> Result<String> {
        let (early, sources): (Vec<&str>, Vec<&str>) = SCRIPT
            .captures_iter(page)
            .filter_map(|script| Some(script.get(1)?.as_str()))
            .partition(|src| self.is(src, &EARLY));
        let early = early.into_iter().map(|src| self.file(src).to_owned());
        let early: Vec<String> = early.collect();
        self.early.extend(early);
        let Some(last) = sources.last() else {
            return Ok(page.to_owned());
        };
        let (search, other): (Vec<&str>, Vec<&str>) =
            sources.iter().partition(|src| self.is(src, &SEARCH));
        let mut scripts = String::new();
        for src in other {
            // One may end in a comment, or without a semicolon.
            scripts += &format!("{}\n;\n", self.take(src)?.trim_end());
        }
        let name = self.write("book", "js", &scripts)?;
        let search = serde_json::to_string(&search)?;
        let instead = |script: &Captures| {
            if self.is(&script[1], &EARLY) {
                script[0].to_owned()
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
        use std::fmt::Write;
        let text = &small(kind, text)?;
        let mut hash = String::new();
        for byte in &Sha256::digest(text)[..4] {
            write!(hash, "{byte:02x}").expect("a String takes all");
        }
        let name = format!("{stem}-{hash}.{kind}");
        fs::write(self.dir.join(&name), text)
            .with_context(|| format!("can't write {name}"))?;
        Ok(format!("{}{name}", self.up))
    }
}
