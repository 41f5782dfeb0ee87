//! The routes of the server, and what each of them answers.

use crate::admission::{Admitted, admit};
use crate::answer::Answer;
use crate::chat_events::ChatEvents;
use crate::embedder::embedded;
use crate::events::Events;
use crate::id::fresh;
use crate::intake;
use crate::model::Model;
use crate::protocol::{
    ApiError, ChatRequest, ChunkHead, EmbeddingsRequest, ModelObject, Name,
    ResponseHead, ResponsesRequest, list,
};
use crate::response_events::ResponseEvents;
use crate::server::{Asks, LlmServer};
use crate::sse::Writer;
use crate::whole;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;
use tower::util::MapResponseLayer;

/// By what a provider finds a request again.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl LlmServer {
    /// Its routes, below `/v1`: for `tower::ServiceExt::oneshot`, where a test
    /// needs neither a socket nor a second task.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/models", get(models))
            .route("/v1/models/{model}", get(model))
            .route("/v1/chat/completions", post(chat))
            .route("/v1/responses", post(responses))
            .route("/v1/embeddings", post(embeddings))
            .fallback(unknown_path)
            .method_not_allowed_fallback(wrong_method)
            .layer(MapResponseLayer::new(with_id))
            .with_state(self.clone())
    }
}

/// Each response has an id, so that it can be talked about.
fn with_id(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(fresh("req_")) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Whatever was asked there: its body is heard out, so that the answer arrives.
async fn unknown_path(request: Request) -> ApiError {
    let (head, body) = request.into_parts();
    let _ = intake::body(&head, body).await;
    ApiError::invalid(
        StatusCode::NOT_FOUND,
        Some("unknown_url"),
        None,
        format!("Unknown request URL: {} {}.", head.method, head.uri.path()),
    )
}

async fn wrong_method(request: Request) -> ApiError {
    let (head, body) = request.into_parts();
    let _ = intake::body(&head, body).await;
    ApiError::invalid(
        StatusCode::METHOD_NOT_ALLOWED,
        Some("method_not_supported"),
        None,
        format!("Not allowed to {} on {}.", head.method, head.uri.path()),
    )
}

async fn models(
    State(server): State<LlmServer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    server.authorize(&headers)?;
    let models = server.shared.script.models.iter();
    let models: Vec<_> = models.map(|m| ModelObject::new(&m.name)).collect();
    Ok(Json(list(&models)).into_response())
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

/// What was asked, of which model, and that it is admitted, with the headers of
/// the limits.
struct Taken<'a, R> {
    request: R,
    model: &'a Model,
    name: &'a Arc<Name>,
    admitted: Admitted,
    limits: HeaderMap,
}

/// Takes a request in, or says why not.
async fn taken<R: Asks>(
    server: &LlmServer,
    request: Request,
) -> Result<Taken<'_, R>, Response> {
    let (head, body) = request.into_parts();
    let body = intake::body(&head, body).await;
    let read = server.read::<R>(&head.headers, &body);
    let (request, place, model) = read.map_err(ApiError::into_response)?;
    match admit(&server.shared, place, &request.as_chat()) {
        Ok((admitted, limits)) => Ok(Taken {
            request,
            model,
            name: &server.shared.names[place],
            admitted,
            limits,
        }),
        Err(refusal) => Err(refusal.into_response()),
    }
}

async fn chat(
    State(server): State<LlmServer>,
    request: Request,
) -> Result<Response, Response> {
    let taken = taken::<ChatRequest>(&server, request).await?;
    let (request, model) = (taken.request, taken.model);
    let answer = Answer::new(model, &request, taken.admitted);
    if !request.stream {
        let told = answer.whole().await?;
        let response = whole::completion(told, &request, taken.name);
        return Ok((taken.limits, response).into_response());
    }
    let head = ChunkHead {
        id: fresh("chatcmpl-"),
        name: Arc::clone(taken.name),
    };
    let writer = Writer::new(&model.malformed);
    let events = Events::Chat(ChatEvents::new(writer, head, &request));
    let response = answer.streamed(events, server.shutdown.clone());
    Ok((taken.limits, response).into_response())
}

async fn responses(
    State(server): State<LlmServer>,
    request: Request,
) -> Result<Response, Response> {
    let taken = taken::<ResponsesRequest>(&server, request).await?;
    let (request, model) = (taken.request.chat, taken.model);
    let answer = Answer::new(model, &request, taken.admitted);
    let head = ResponseHead {
        id: fresh("resp_"),
        model: model.name.clone(),
        echo: taken.request.echo,
    };
    let top = request.top_logprobs;
    let response = if request.stream {
        let writer = Writer::new(&model.malformed);
        let events = ResponseEvents::new(writer, head, top);
        let events = Events::Response(Box::new(events));
        answer.streamed(events, server.shutdown.clone())
    } else {
        whole::response(&answer.whole().await?, &head, top)
    };
    Ok((taken.limits, response).into_response())
}

async fn embeddings(
    State(server): State<LlmServer>,
    request: Request,
) -> Result<Response, Response> {
    let taken = taken::<EmbeddingsRequest>(&server, request).await?;
    let response = embedded(taken.model, taken.request, taken.admitted).await;
    Ok((taken.limits, response).into_response())
}
