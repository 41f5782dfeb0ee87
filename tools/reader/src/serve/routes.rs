//! All that is served, and to whom.

use crate::api::{self, Api};
use crate::handout::print;
use crate::serve::guard::{self, Guard};
use crate::serve::site::{self, Site};
use crate::serve::{access, page, reload};
use axum::Router;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use std::path::Path;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::services::ServeDir;

const JS: &str = "text/javascript";
const CSS: &str = "text/css";

/// What a page gets besides what a static site has: its path, its type and its
/// text.
const FILES: [(&str, &str, &str); 4] = [
    ("/run.js", JS, include_str!("../../page/run.js")),
    ("/run.css", CSS, include_str!("../../page/run.css")),
    ("/reload.js", JS, include_str!("../../page/reload.js")),
    ("/reload.css", CSS, include_str!("../../page/reload.css")),
];

/// The book of the workbook at `root`, as `site` has it, and what its pages ask
/// for.
pub fn routes(
    root: &Path,
    site: &Arc<Site>,
    api: Api,
    guard: &Arc<Guard>,
) -> Router {
    let no_cross_site = CsrfLayer::new()
        .with_rejection_response(|_: ProtectionError| guard::foreign());
    let access = &guard.access;
    read(root, site, guard)
        // Not compressed: a line would wait for the next.
        .merge(act(api, guard))
        .layer(no_cross_site)
        .layer(from_fn_with_state(Arc::clone(access), access::enter))
        .layer(from_fn_with_state(Arc::clone(guard), guard::host))
}

/// What anybody on this machine may read.
fn read(root: &Path, site: &Arc<Site>, guard: &Arc<Guard>) -> Router {
    let reload = Router::new()
        .route(reload::PATH, get(reload::wait))
        .layer(from_fn_with_state(Arc::clone(guard), guard::origin));
    let mut pages = Router::new().fallback(any(site::serve));
    for (path, kind, text) in FILES {
        pages = pages.route(path, get(move || file(kind, text)));
    }
    let handouts = ServeDir::new(root.join(print::FOLDER));
    pages
        .merge(reload)
        .with_state(Arc::clone(site))
        .nest_service("/handouts", handouts)
        .layer(from_fn_with_state(Arc::clone(guard), page::seal))
        .layer(CompressionLayer::new())
}

/// What is done for a page of this start, in the reader's own browser.
fn act(api: Api, guard: &Arc<Guard>) -> Router {
    let access = &guard.access;
    api::routes(api)
        .layer(from_fn_with_state(Arc::clone(guard), guard::token))
        .layer(from_fn_with_state(Arc::clone(access), access::required))
        .layer(from_fn_with_state(Arc::clone(guard), guard::origin))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    // Asked for again with each page: it is this server's.
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
