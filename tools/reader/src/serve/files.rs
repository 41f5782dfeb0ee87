//! What a page of this server gets besides the book: what loads it again after
//! a build, and what runs and edits listings. A static site has no use for
//! them.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Goes into the head of each page: it hears of builds.
pub const RELOAD: &str = "
        <link rel=\"stylesheet\" href=\"/page/reload.css\">
        <script src=\"/page/reload.js\" defer></script>";

/// Goes into the head of a page that may run listings. Its scripts are modules:
/// the first names the others.
pub const RUN: &str = "
        <link rel=\"stylesheet\" href=\"/page/run.css\">
        <script type=\"module\" src=\"/page/main.js\"></script>";

/// A file of `page/js` or `page/css`, by name.
macro_rules! file {
    ($folder:literal / $name:literal) => {
        (
            $name,
            include_str!(concat!("../../page/", $folder, "/", $name)),
        )
    };
}

/// The files below `/page`.
const FILES: [(&str, &str); 15] = [
    file!("css" / "reload.css"),
    file!("css" / "run.css"),
    file!("js" / "dom.js"),
    file!("js" / "editor.js"),
    file!("js" / "edits.js"),
    file!("js" / "handout.js"),
    file!("js" / "hook.js"),
    file!("js" / "listing.js"),
    file!("js" / "live.js"),
    file!("js" / "main.js"),
    file!("js" / "problems.js"),
    file!("js" / "race.js"),
    file!("js" / "reload.js"),
    file!("js" / "server.js"),
    file!("js" / "timeline.js"),
];

/// The routes below `/page`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/page/{name}", get(file))
}

async fn file(Path(wanted): Path<String>) -> Response {
    let Some((name, text)) = FILES.iter().find(|(name, _)| *name == wanted)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let is_style = std::path::Path::new(name)
        .extension()
        .is_some_and(|kind| kind == "css");
    let kind = if is_style {
        "text/css"
    } else {
        "text/javascript"
    };
    // Asked for again with each page: it is this server's.
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, *text).into_response()
}
