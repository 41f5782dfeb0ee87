//! What a page may ask for: `POST /api/run`, `/api/check`, `/api/stop`,
//! `/api/colour` and `/api/handout`.
//!
//! The first two take `{"listing": "breakfast/wrong_way"}`, with `"source"` if
//! it was edited, and answer with a stream of [`Event`]s, one JSON object a
//! line. The third takes `{"run": 7}`. The fourth takes
//! `{"source": "fn main"}` and answers with
//! `{"lines": ["<b>fn</b> main"]}`. The last takes
//! `{"chapter": "ch01-two-kitchens"}` and tells how that is printed.

mod refusal;

pub use refusal::{Refusal, readable};

use crate::handout::print;
use crate::order::context::Context;
use crate::order::event::Event;
use crate::order::perform::{Order, Task, perform};
use crate::order::slots::{MOST_RUNS, NoSlot, Slot, Slots};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use book::html::highlight;
use futures::StreamExt;
use lessons::{Lesson, Listing};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// How many bytes a request may have: 64 KiB.
const MOST_BYTES: usize = 64 * 1024;

/// How many bytes of a request that has more are read before it is refused:
/// a client that is still sending would not hear the answer.
const MOST_DRAINED: usize = 8 * 1024 * 1024;

/// How long the rest of a request is waited for.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// What the routes share.
#[derive(Debug, Clone)]
pub struct Api {
    /// Who runs what.
    pub slots: Arc<Slots>,
    /// With what.
    pub context: Arc<Context>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRequest {
    listing: String,
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopRequest {
    run: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoutRequest {
    chapter: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColourRequest {
    source: String,
}

/// The routes below `/api`. Who may use them is for others to say.
pub fn routes(api: Api) -> Router {
    Router::new()
        .route("/api/run", post(run))
        .route("/api/check", post(check))
        .route("/api/stop", post(stop))
        .route("/api/colour", post(colour))
        .route("/api/handout", post(handout))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .with_state(api)
}

async fn wrong_method() -> Refusal {
    let why = "this is asked for with POST";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, why)
}

async fn unknown() -> Refusal {
    let why = "there are /api/run, /api/check, /api/stop, /api/colour and \
               /api/handout";
    Refusal::new(StatusCode::NOT_FOUND, why)
}

async fn run(
    State(api): State<Api>,
    request: Request,
) -> Result<Response, Refusal> {
    start(api, Task::Run, request).await
}

async fn check(
    State(api): State<Api>,
    request: Request,
) -> Result<Response, Refusal> {
    start(api, Task::Check, request).await
}

async fn stop(
    State(api): State<Api>,
    request: Request,
) -> Result<Response, Refusal> {
    let StopRequest { run } = read(request).await?;
    if api.slots.stop(run) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let why = format!("run {run} is not under way: it may have ended");
    Err(Refusal::new(StatusCode::NOT_FOUND, why))
}

/// The lines of a program in the colours of the book: each as HTML.
async fn colour(request: Request) -> Result<Json<Value>, Refusal> {
    let ColourRequest { source } = read(request).await?;
    let lines = highlight::lines("rust", &source).into_iter();
    let lines: Vec<String> = lines.map(|line| line.0).collect();
    Ok(Json(json!({ "lines": lines })))
}

/// A chapter to print, as a PDF.
async fn handout(
    State(api): State<Api>,
    request: Request,
) -> Result<Response, Refusal> {
    let HandoutRequest { chapter } = read(request).await?;
    if !print::is_chapter(api.context.root(), &chapter) {
        let short: String = chapter.chars().take(80).collect();
        let why = format!("there is no chapter `{short}`");
        return Err(Refusal::new(StatusCode::NOT_FOUND, why));
    }
    let slot = api.slots.admit(print::SLOT, &chapter, 1);
    let slot = slot.map_err(|full| match full {
        NoSlot::Page(_) => Refusal::new(
            StatusCode::CONFLICT,
            "another handout is being printed: wait for its end",
        ),
        full => no_slot(full),
    })?;
    let (events, told) = mpsc::unbounded_channel();
    let printed = print::perform(api.context, chapter, slot, events);
    tokio::spawn(printed);
    Ok(stream(told))
}

async fn start(
    api: Api,
    task: Task,
    request: Request,
) -> Result<Response, Refusal> {
    let RunRequest { listing, source } = read(request).await?;
    let (lesson, listing) = find(&api, &listing)?;
    // A chapter is a page, and the ways of a lesson are raced.
    let (page, ways) = (&listing.chapter, lesson.listings.len());
    let slot = api.slots.admit(page, &listing.id.to_string(), ways);
    let slot = slot.map_err(no_slot)?;
    let order = Order {
        task,
        lesson,
        listing,
        source,
        run: slot.run,
    };
    Ok(stream(begin(api.context, order, slot)))
}

fn begin(
    context: Arc<Context>,
    order: Order,
    slot: Slot,
) -> UnboundedReceiver<Event> {
    // As long as a run may print no more, neither may this grow more.
    let (events, told) = mpsc::unbounded_channel();
    tokio::spawn(perform(context, order, slot, events));
    told
}

/// Each event as a line, as soon as it happens. Dropped when the client leaves,
/// which ends the run.
fn stream(events: UnboundedReceiver<Event>) -> Response {
    let lines = futures::stream::unfold(events, |mut events| async {
        let event = events.recv().await?;
        let line = Bytes::from(event.to_line());
        Some((Ok::<_, Infallible>(line), events))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

fn find(api: &Api, id: &str) -> Result<(Lesson, Listing), Refusal> {
    let name = id.split_once('/').map_or(id, |(name, _)| name);
    let found = Lesson::load(api.context.root(), name);
    let lesson = found.map_err(|error| {
        let why = format!("the listings can't be read: {error}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why)
    })?;
    let listing = |lesson: Lesson| {
        let mut all = lesson.listings.iter();
        let listing = all.find(|listing| listing.id.to_string() == id)?.clone();
        Some((lesson, listing))
    };
    lesson.and_then(listing).ok_or_else(|| {
        let short: String = id.chars().take(80).collect();
        let why = format!(
            "there is no listing `{short}`: name one as the book does, like \
             breakfast/wrong_way"
        );
        Refusal::new(StatusCode::NOT_FOUND, why)
    })
}

fn no_slot(full: NoSlot) -> Refusal {
    match full {
        NoSlot::Page(listing) => Refusal::new(
            StatusCode::CONFLICT,
            format!(
                "this page has {listing} under way: wait for its end or stop it"
            ),
        ),
        NoSlot::All => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "{MOST_RUNS} runs are under way, which is the most: wait for \
                 the end of one or stop it"
            ),
        ),
        NoSlot::Closed => Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server ends: start it again",
        ),
    }
}

/// The body of a request, of JSON and not too long.
async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_json = kind.eq_ignore_ascii_case("application/json");
    // Read in any case: see `MOST_DRAINED`.
    let bytes = tokio::time::timeout(BODY_LIMIT, collect(request.into_body()));
    let bytes = bytes.await.map_err(|_| {
        let why = format!(
            "the request was not whole after {} s: ask again",
            BODY_LIMIT.as_secs()
        );
        Refusal::new(StatusCode::REQUEST_TIMEOUT, why)
    })??;
    if !is_json {
        let why = "the content type must be application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let why = format!("the request can't be read: {error}");
        Refusal::new(StatusCode::BAD_REQUEST, why)
    })
}

async fn collect(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut parts = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            let why = format!("the request broke off: {error}");
            Refusal::new(StatusCode::BAD_REQUEST, why)
        })?;
        total += part.len();
        if total <= MOST_BYTES {
            bytes.extend_from_slice(&part);
        } else if total > MOST_DRAINED {
            break;
        }
    }
    if total <= MOST_BYTES {
        return Ok(bytes);
    }
    let why = format!(
        "the request has more than {} KiB: make the program smaller",
        MOST_BYTES / 1024
    );
    Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why))
}
