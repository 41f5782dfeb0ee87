//! The embeddings of a request, made one by one while they are sent.

use crate::admission::Admitted;
use crate::answer::broken_off;
use crate::call::Call;
use crate::embedding::embedding;
use crate::model::Model;
use crate::pace::Pace;
use crate::protocol::{Embedding, EmbeddingsRequest, ListHead, Usage};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::header;
use std::convert::Infallible;
use tokio::task::yield_now;

/// The vectors, when a first token would be there.
pub(crate) async fn embedded(
    model: &Model,
    request: EmbeddingsRequest,
    admitted: Admitted,
) -> Response {
    if let Err(how) = Pace::new(model, &admitted).next().await {
        admitted.call.break_off();
        return broken_off(how);
    }
    let dimensions = request
        .dimensions
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(model.dimensions);
    let usage = Usage::new(admitted.prompt_tokens, None);
    let making = Making {
        head: ListHead::new(&model.name, usage),
        call: Some(admitted.call),
        request,
        dimensions,
        made: 0,
    };
    let chunks = stream::unfold(making, |mut making| async move {
        let chunk = making.chunk().await?;
        Some((Ok::<_, Infallible>(chunk), making))
    });
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, Body::from_stream(chunks)).into_response()
}

/// A list that is being made. Two thousand vectors would be a hundred megabytes
/// of JSON, and would keep a worker busy for long: so there is never more than
/// one, and behind each of them others have their turn.
struct Making {
    head: ListHead,
    /// `None` at the end.
    call: Option<Call>,
    request: EmbeddingsRequest,
    dimensions: usize,
    made: usize,
}

impl Making {
    async fn chunk(&mut self) -> Option<Bytes> {
        let mut call = self.call.take()?;
        let mut chunk = match self.made {
            0 => self.head.begin.clone().into_bytes(),
            _ => Vec::new(),
        };
        let Some(text) = self.request.input.get(self.made) else {
            chunk.extend_from_slice(self.head.end.as_bytes());
            call.complete();
            return Some(chunk.into());
        };
        if self.made > 0 {
            yield_now().await;
            chunk.push(b',');
        }
        let vector = embedding(text, self.dimensions);
        let item = Embedding::new(self.made, vector, self.request.base64);
        // Strings and numbers always are JSON.
        let _ = serde_json::to_writer(&mut chunk, &item);
        self.call = Some(call);
        self.made += 1;
        Some(chunk.into())
    }
}
