//! Tells a page, by WebSocket, when it has changed and when the book can't be
//! built: one JSON object a message, with the key `event`.

use crate::api::Refusal;
use crate::serve::site::Site;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a page waits.
pub const PATH: &str = "/__livereload";

/// What a page says of itself: its path, and what it was when it was served.
#[derive(Debug, Deserialize)]
pub struct Page {
    path: String,
    hash: String,
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum News {
    /// The page is another now.
    Changed,
    /// The book can't be built, and the page may be old.
    Fault { why: String },
    /// It can be built again.
    Sound,
}

/// Waits for news, on behalf of one page.
pub async fn wait(
    State(site): State<Arc<Site>>,
    page: Result<Query<Page>, QueryRejection>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    let Query(page) = page.map_err(|_| {
        let why = "a page says its path and its hash: load it again";
        Refusal::new(StatusCode::BAD_REQUEST, why)
    })?;
    Ok(upgrade.on_upgrade(move |socket| tell(socket, page, site)))
}

/// Tells one page what it should know, until that is that it has changed, or it
/// is gone.
async fn tell(mut socket: WebSocket, page: Page, site: Arc<Site>) {
    let mut builds = site.subscribe();
    let mut told = None;
    loop {
        // From here on nothing is missed, and what was is told now.
        let fault = builds.borrow_and_update().fault.clone();
        if site.hash(&page.path).await.as_ref() != Some(&page.hash) {
            // A page that left in this moment needs no word.
            let _ = socket.send(message(&News::Changed)).await;
            return;
        }
        if fault != told {
            let news =
                fault.clone().map_or(News::Sound, |why| News::Fault { why });
            if socket.send(message(&news)).await.is_err() {
                return;
            }
            told = fault;
        }
        tokio::select! {
            changed = builds.changed() => if changed.is_err() { return },
            // A page says nothing until it leaves.
            _ = socket.recv() => return,
        }
    }
}

fn message(news: &News) -> Message {
    // It has only strings for keys: it can't fail.
    Message::text(serde_json::to_string(news).unwrap_or_default())
}
