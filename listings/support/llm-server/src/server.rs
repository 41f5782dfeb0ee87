//! The server: who may ask, and which model is asked.

use crate::model::Model;
use crate::protocol::{
    ApiError, ChatRequest, EmbeddingsRequest, Message, ResponsesRequest,
    named_model,
};
use crate::script::Script;
use crate::seen::Seen;
use crate::shutdown::Shutdown;
use crate::state::Shared;
use bytes::Bytes;
use http::{HeaderMap, header};
use std::borrow::Cow;
use std::sync::Arc;

/// The most that is kept of the name of a model that there is not, in bytes.
const NAME: usize = 100;

/// A server that does what its script says. Clones are the same server.
#[derive(Debug, Clone)]
pub struct LlmServer {
    pub(crate) shared: Arc<Shared>,
    /// When the streams of this clone end.
    pub(crate) shutdown: Shutdown,
}

impl LlmServer {
    /// A server for this script. Its clock starts, and its buckets are full.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self {
            shared: Arc::new(Shared::new(script)),
            shutdown: Shutdown::default(),
        }
    }

    /// What it has seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen.clone()
    }

    /// The same server, whose streams end when this says so.
    pub(crate) fn until(&self, shutdown: Shutdown) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            shutdown,
        }
    }

    pub(crate) fn authorize(
        &self,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
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
    pub(crate) fn find(&self, name: &str) -> Result<(usize, &Model), ApiError> {
        let mut models = self.shared.script.models.iter().enumerate();
        models
            .find(|(_, model)| model.name == name)
            .ok_or_else(|| ApiError::no_model(short(name)))
    }

    /// What a body asks, and which model; a request that does not get so far
    /// is counted here.
    pub(crate) fn read<R: Asks>(
        &self,
        headers: &HeaderMap,
        body: &Result<Bytes, ApiError>,
    ) -> Result<(R, usize, &Model), ApiError> {
        let read = || {
            self.authorize(headers)?;
            let request = R::parse(body.as_ref().map_err(ApiError::clone)?)?;
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
pub(crate) trait Asks: Sized {
    fn parse(body: &[u8]) -> Result<Self, ApiError>;
    fn model(&self) -> &str;
    /// What limits and scripts make of it.
    fn as_chat(&self) -> Cow<'_, ChatRequest>;
}

impl Asks for ChatRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::parse(body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn as_chat(&self) -> Cow<'_, ChatRequest> {
        Cow::Borrowed(self)
    }
}

impl Asks for ResponsesRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::parse(body)
    }

    fn model(&self) -> &str {
        &self.chat.model
    }

    fn as_chat(&self) -> Cow<'_, ChatRequest> {
        Cow::Borrowed(&self.chat)
    }
}

impl Asks for EmbeddingsRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::parse(body)
    }

    fn model(&self) -> &str {
        &self.model
    }

    /// As a call with one message: limits and failures are the model's.
    fn as_chat(&self) -> Cow<'_, ChatRequest> {
        let message = Message::user(self.input.join("\n"));
        Cow::Owned(ChatRequest::new(self.model.clone(), vec![message]))
    }
}
