//! All that is served, and to whom.

use crate::api::{self, Api};
use crate::handout::print;
use crate::serve::guard::{self, Guard};
use crate::serve::site::{self, Site};
use crate::serve::{access, files, page, reload};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use std::path::Path;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::services::ServeDir;

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
        .layer(from_fn(api::readable))
}

/// What anybody on this machine may read.
fn read(root: &Path, site: &Arc<Site>, guard: &Arc<Guard>) -> Router {
    let reload = Router::new()
        .route(reload::PATH, get(reload::wait))
        .layer(from_fn_with_state(Arc::clone(guard), guard::origin));
    let handouts = ServeDir::new(root.join(print::FOLDER));
    Router::new()
        .fallback(any(site::serve))
        .merge(files::routes())
        .merge(reload)
        .with_state(Arc::clone(site))
        .nest_service("/handouts", handouts)
        .layer(from_fn(site::short))
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
