//! A call: a question and what it takes of the budget, and the trait of what
//! can answer it.

use llm_client::{Answer, Client, Error, Request};
use std::future::Future;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The model that is asked.
    pub model: String,
    /// What is asked.
    pub prompt: String,
    /// How long the answer may be, in tokens.
    pub answer_tokens: u32,
    /// What the call takes of the budget, in tokens: its prompt, and all that it
    /// may answer. That is a cautious bound: providers count differently.
    pub cost: u32,
}

impl Call {
    /// The same question to another model.
    #[must_use]
    pub fn to(&self, model: &str) -> Self {
        Self {
            model: model.to_owned(),
            ..self.clone()
        }
    }

    /// As the client sends it.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::new(&self.prompt)
            .model(&self.model)
            .max_tokens(self.answer_tokens)
    }
}

/// What can be asked: a provider, or its stand-in in a test.
pub trait Llm: Send + Sync + 'static {
    /// The answer as it is written, once its first token is there. It ends
    /// without an error if, and only if, it is whole.
    fn stream(
        &self,
        call: &Call,
    ) -> impl Future<Output = Result<Answer, Error>> + Send;
}

impl Llm for Client {
    async fn stream(&self, call: &Call) -> Result<Answer, Error> {
        Client::stream(self, call.request()).await
    }
}
