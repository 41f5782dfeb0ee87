//! What a page of this server gets besides the book: the scripts that run and
//! edit listings, and how that looks. A static site has no use for them.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Goes into the head of each page. The scripts are modules: the first names the
/// others.
pub const HEAD: &str = "\
        <link rel=\"stylesheet\" href=\"/run/run.css\">
        <script type=\"module\" src=\"/run/main.js\"></script>";

const STYLE: &str = "run.css";

/// The files below `/run`, by name.
const FILES: [(&str, &str); 11] = [
    (STYLE, include_str!("../page/css/run.css")),
    ("dom.js", include_str!("../page/js/dom.js")),
    ("editor.js", include_str!("../page/js/editor.js")),
    ("edits.js", include_str!("../page/js/edits.js")),
    ("handout.js", include_str!("../page/js/handout.js")),
    ("listing.js", include_str!("../page/js/listing.js")),
    ("live.js", include_str!("../page/js/live.js")),
    ("main.js", include_str!("../page/js/main.js")),
    ("problems.js", include_str!("../page/js/problems.js")),
    ("server.js", include_str!("../page/js/server.js")),
    ("timeline.js", include_str!("../page/js/timeline.js")),
];

/// The routes below `/run`.
pub fn routes() -> Router {
    Router::new().route("/run/{name}", get(file))
}

async fn file(Path(wanted): Path<String>) -> Response {
    let Some((name, text)) = FILES.iter().find(|(name, _)| *name == wanted)
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = if *name == STYLE {
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
