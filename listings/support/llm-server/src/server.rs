//! The server: its routes, and what each of them answers.

use crate::admission::{Admitted, admit};
use crate::answer::{Answer, hung_up};
use crate::embedding::embedding;
use crate::model::Model;
use crate::pace::{Pace, Step};
use crate::protocol::{
    ApiError, ChatRequest, Embedding, EmbeddingsRequest, List, Message,
    ModelObject, Usage, named_model,
};
use crate::script::Script;
use crate::seen::Seen;
use crate::state::Shared;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use std::sync::Arc;

/// The most that a request may have, in bytes.
pub const BODY: usize = 4 * 1024 * 1024;

/// The most that is kept of the name of a model that there is not, in bytes.
const NAME: usize = 100;

/// A server that does what its script says. Clones are the same server.
#[derive(Debug, Clone)]
pub struct LlmServer {
    shared: Arc<Shared>,
}

impl LlmServer {
    /// A server for this script. Its clock starts, and its buckets are full.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self {
            shared: Arc::new(Shared::new(script)),
        }
    }

    /// What it has seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen.clone()
    }

    /// Its routes, below `/v1`: for `tower::ServiceExt::oneshot`, where a test
    /// needs neither a socket nor a second task.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/models", get(models))
            .route("/v1/models/{model}", get(model))
            .route("/v1/chat/completions", post(chat))
            .route("/v1/embeddings", post(embeddings))
            .fallback(unknown_path)
            .method_not_allowed_fallback(wrong_method)
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self.clone())
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(key) = &self.shared.script.api_key else {
            return Ok(());
        };
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match given {
            Some(given) if given == key.0 => Ok(()),
            Some(_) => Err(ApiError::wrong_key()),
            None => Err(ApiError::no_key()),
        }
    }

    /// A model of the script, and its place there.
    fn find(&self, name: &str) -> Result<(usize, &Model), ApiError> {
        let mut models = self.shared.script.models.iter().enumerate();
        models
            .find(|(_, model)| model.name == name)
            .ok_or_else(|| ApiError::no_model(short(name)))
    }

    /// What a body asks, and which model; a request that does not get so far
    /// is counted here.
    fn read<R: Asks>(
        &self,
        headers: &HeaderMap,
        body: &Result<Bytes, BytesRejection>,
    ) -> Result<(R, usize, &Model), ApiError> {
        let read = || {
            self.authorize(headers)?;
            let request = R::parse(body.as_ref().map_err(unreadable)?)?;
            let (place, model) = self.find(request.model())?;
            Ok((request, place, model))
        };
        read().inspect_err(|error: &ApiError| {
            let name = body.as_ref().map(|bytes| named_model(bytes));
            let name = name.unwrap_or_default();
            self.shared.note_refused(short(&name), error.status);
        })
    }
}

/// As much of a name as is worth keeping: a request may have one of megabytes.
fn short(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME)]
}

/// A request to a model.
trait Asks: Sized {
    fn parse(body: &[u8]) -> Result<Self, ApiError>;
    fn model(&self) -> &str;
}

impl Asks for ChatRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::parse(body)
    }

    fn model(&self) -> &str {
        &self.model
    }
}

impl Asks for EmbeddingsRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::parse(body)
    }

    fn model(&self) -> &str {
        &self.model
    }
}

fn unreadable(rejection: &BytesRejection) -> ApiError {
    let status = rejection.status();
    let message = if status == StatusCode::PAYLOAD_TOO_LARGE {
        format!("Request too large: a body has at most {BODY} bytes.")
    } else {
        rejection.body_text()
    };
    ApiError::invalid(status, None, None, message)
}

async fn unknown_path(method: Method, uri: Uri) -> ApiError {
    ApiError::invalid(
        StatusCode::NOT_FOUND,
        Some("unknown_url"),
        None,
        format!("Unknown request URL: {method} {}.", uri.path()),
    )
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::invalid(
        StatusCode::METHOD_NOT_ALLOWED,
        Some("method_not_supported"),
        None,
        format!("Not allowed to {method} on {}.", uri.path()),
    )
}

async fn models(
    State(server): State<LlmServer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    server.authorize(&headers)?;
    let models = server.shared.script.models.iter();
    let data = models.map(|model| ModelObject::new(&model.name));
    Ok(Json(List::new(data.collect())).into_response())
}

async fn model(
    State(server): State<LlmServer>,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    server.authorize(&headers)?;
    let (_, model) = server.find(&name)?;
    Ok(Json(ModelObject::new(&model.name)).into_response())
}

async fn chat(
    State(server): State<LlmServer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (request, place, model): (ChatRequest, _, _) =
        server.read(&headers, &body)?;
    let (admitted, headers) = match admit(&server.shared, place, &request) {
        Ok(both) => both,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let answer = Answer::new(model, &request, admitted);
    let response = if request.stream {
        answer.streamed(model, &request)
    } else {
        answer.whole(model).await
    };
    Ok((headers, response).into_response())
}

async fn embeddings(
    State(server): State<LlmServer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let (request, place, model): (EmbeddingsRequest, _, _) =
        server.read(&headers, &body)?;
    let asked = as_chat(&request);
    let (admitted, headers) = match admit(&server.shared, place, &asked) {
        Ok(both) => both,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let response = embedded(model, &request, admitted).await;
    Ok((headers, response).into_response())
}

/// A request for embeddings as a call with one message: limits and failures are
/// the model's.
fn as_chat(request: &EmbeddingsRequest) -> ChatRequest {
    ChatRequest {
        model: request.model.clone(),
        messages: vec![Message {
            role: "user".to_owned(),
            content: request.input.join("\n"),
        }],
        stream: false,
        include_usage: false,
        max_tokens: None,
        temperature: None,
    }
}

/// The vectors, when a first token would be there.
async fn embedded(
    model: &Model,
    request: &EmbeddingsRequest,
    admitted: Admitted,
) -> Response {
    if let Step::HangUp = Pace::new(model, &admitted).next().await {
        admitted.call.hang_up();
        return hung_up();
    }
    let dimensions = request
        .dimensions
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(model.dimensions);
    let vectors = request.input.iter().map(|text| embedding(text, dimensions));
    let data = vectors
        .zip(0..)
        .map(|(vector, index)| Embedding::new(index, vector, request.base64));
    let list = List::new(data.collect())
        .of(&model.name, Usage::new(admitted.prompt_tokens, None));
    let response = Json(list).into_response();
    admitted.call.complete();
    response
}
