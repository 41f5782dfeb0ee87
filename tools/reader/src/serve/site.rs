//! The built book as it is served: each build in a folder of its own, beside the
//! one that is served until it is done, so that no page is ever missing.

use crate::api::Refusal;
use crate::serve::files;
use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use lessons::Faults;
use regex::Regex;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use tokio::sync::watch;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Where builds are, from the workbook's folder: below it a folder for each
/// server, by its port, and in that one for each build.
pub const FOLDER: &str = "target/site";

/// The builds of one server.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    state: watch::Sender<Builds>,
}

/// What there is to serve.
#[derive(Debug, Clone, Default)]
pub struct Builds {
    /// How many there were.
    count: u32,
    now: Option<Arc<Build>>,
    /// A page of this one may still ask for what it is made of.
    before: Option<Arc<Build>>,
    /// Why there is none of the book as it is now.
    pub fault: Option<String>,
}

/// A built book, deleted when nobody serves from it any more.
#[derive(Debug)]
struct Build(PathBuf);

impl Drop for Build {
    fn drop(&mut self) {
        // What can't be deleted now, the next server deletes.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Site {
    /// For the server at `port`, of the workbook at `root`.
    pub fn new(root: &Path, port: u16) -> Self {
        Self {
            folder: root.join(FOLDER).join(port.to_string()),
            state: watch::Sender::default(),
        }
    }

    /// Builds the book, and serves that from now on. Blocks its thread.
    ///
    /// # Errors
    /// If it can't be built: then what was served is served on.
    pub fn build(&self, root: &Path) -> Result<()> {
        let count = self.state.borrow().count + 1;
        let build = Build(self.folder.join(count.to_string()));
        book::build(root, &build.0)?;
        self.state.send_modify(|builds| {
            builds.count = count;
            builds.before = builds.now.replace(Arc::new(build));
            builds.fault = None;
        });
        Ok(())
    }

    /// Says on all pages why there is no newer build.
    pub fn fail(&self, error: &anyhow::Error) {
        let fault = Some(first(error));
        self.state.send_modify(|builds| builds.fault = fault);
    }

    /// What there is to serve, each time that this changes.
    pub fn subscribe(&self) -> watch::Receiver<Builds> {
        self.state.subscribe()
    }

    /// Deletes all builds.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// What a page is as it is served now, in few letters; `None` if there is no
    /// such page.
    pub async fn hash(&self, path: &str) -> Option<String> {
        let request = Request::get(path).body(Body::empty()).ok()?;
        let response = self.fetch(request).await;
        if response.status() != StatusCode::OK {
            return None;
        }
        Some(hash(&text(response.into_body()).await.ok()?))
    }

    /// A file of the newest build that has it.
    async fn fetch(&self, request: Request) -> Response {
        let builds = self.state.borrow().clone();
        let (mut parts, _) = request.into_parts();
        for build in [builds.now, builds.before].into_iter().flatten() {
            if let Some(name) = search_index(parts.uri.path(), &build.0) {
                parts.uri = name;
            }
            let request = Request::from_parts(parts.clone(), Body::empty());
            let files = ServeDir::new(&build.0);
            let Ok(found) = files.oneshot(request).await;
            if found.status() != StatusCode::NOT_FOUND {
                return found.map(Body::new);
            }
        }
        StatusCode::NOT_FOUND.into_response()
    }

    /// What says that there is no such page, to those who asked for one.
    async fn not_found(&self, path: &str) -> Response {
        let kind = Path::new(path).extension();
        let page = Request::get(format!("/{}", book::NOT_FOUND));
        if kind.is_none_or(|kind| kind == "html")
            && let Ok(page) = page.body(Body::empty())
        {
            let page = self.fetch(page).await;
            if page.status() == StatusCode::OK
                && let Ok(page) = text(page.into_body()).await
            {
                // The address may be of any depth.
                let page = page.replace("=\"index.html", "=\"/index.html");
                return (StatusCode::NOT_FOUND, Html(page)).into_response();
            }
        }
        missing(path).into_response()
    }
}

/// The first of what is wrong with the book, with what to do.
fn first(error: &anyhow::Error) -> String {
    let Some(Faults(faults)) = error.downcast_ref() else {
        return format!("{error:#}");
    };
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    match faults.len() {
        0 | 1 => first,
        all => format!("{first}\n(the first of {all} faults)"),
    }
}

static SEARCH_INDEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"searchindex-[0-9a-f]+\.js").expect("a valid pattern")
});

/// The name that the index of the search has in the build in `folder`, if `path`
/// asks for that of any: it changes with every word of the book, and a page need
/// not be loaded again for it.
fn search_index(path: &str, folder: &Path) -> Option<axum::http::Uri> {
    SEARCH_INDEX.find(path)?;
    let names = fs::read_dir(folder).ok()?.flatten();
    let mut names =
        names.filter_map(|file| file.file_name().into_string().ok());
    let name = names.find(|name| SEARCH_INDEX.is_match(name))?;
    format!("/{name}").parse().ok()
}

fn hash(page: &str) -> String {
    let page = SEARCH_INDEX.replace_all(page, "searchindex.js");
    let hash = Sha256::digest(page.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(&hash[..12])
}

async fn text(body: Body) -> Result<String> {
    let bytes = to_bytes(body, usize::MAX).await?;
    String::from_utf8(bytes.into()).context("it is not UTF-8")
}

/// What no file is called: names that are longer than any system has them.
const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 1024;

/// Serves only what a file may be called.
pub async fn short(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_long = path.len() > LONGEST_PATH
        || path.split('/').any(|name| name.len() > LONGEST_NAME);
    if is_long {
        return missing(path).into_response();
    }
    next.run(request).await
}

fn missing(path: &str) -> Refusal {
    let short: String = path.chars().take(80).collect();
    let why = format!("there is no page {short}: look for it in the contents");
    Refusal::new(StatusCode::NOT_FOUND, why)
}

/// Serves the book, its pages with what keeps them as new as it is.
pub async fn serve(
    State(site): State<Arc<Site>>,
    request: Request,
) -> Response {
    let is_whole = request.method() == Method::GET;
    let path = request.uri().path().to_owned();
    let response = site.fetch(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return site.not_found(&path).await;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page =
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_whole || !is_page || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = text(body).await else {
        let why = "the page can't be read";
        return (StatusCode::INTERNAL_SERVER_ERROR, why).into_response();
    };
    let page = with_reload(&page);
    let length = HeaderValue::from(page.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    Response::from_parts(parts, page.into())
}

fn with_reload(page: &str) -> String {
    let head = format!(
        "<head>\n        <meta name=\"workbook-page\" content=\"{}\">{}",
        hash(page),
        files::RELOAD
    );
    page.replacen("<head>", &head, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::Fault;

    #[test]
    fn another_index_of_the_search_makes_no_other_page() {
        let page = |index: &str| hash(&format!("<p>\"{index}\"</p>"));
        assert_eq!(page("searchindex-0af1.js"), page("searchindex-9.js"));
        assert_ne!(page("searchindex-0af1.js"), page("book-9.js"));
    }

    #[test]
    fn of_several_faults_the_first_is_told_and_how_many_there_are() {
        let fault = |line| Fault::new("src/a.md", line, "no such", "name one");
        let one = Faults(vec![fault(3)]).into();
        assert_eq!(first(&one), "src/a.md:3: no such\n    name one");
        let two = Faults(vec![fault(3), fault(4)]).into();
        let told = first(&two);
        assert!(
            told.ends_with("name one\n(the first of 2 faults)"),
            "{told}"
        );
        let other = anyhow::anyhow!("no disk").context("can't write");
        assert_eq!(first(&other), "can't write: no disk");
    }
}
