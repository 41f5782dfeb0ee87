//! The server that is asked: the one the environment names, or our rehearsal.

use crate::rehearsal::{self, Rehearsal};
use crate::settings::{Settings, SettingsError};
use llm_client::{Client, Error, Jitter};
use std::env;

/// Why there is no server to ask.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The address or the key can't be used.
    #[error(transparent)]
    Client(#[from] Error),
    /// The rehearsal has no port.
    #[error("no port for the rehearsal: {0}")]
    Port(#[from] std::io::Error),
    /// A variable of the environment holds something else than it must.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// A server to ask, and how.
#[derive(Debug)]
pub struct Provider {
    /// The client that asks it.
    pub client: Client,
    /// How.
    pub settings: Settings,
    /// The random part of each pause; the rehearsal has the same in each run.
    pub jitter: Jitter,
    /// The server, if it is our own.
    pub rehearsal: Option<Rehearsal>,
}

impl Provider {
    /// The server at `OPENAI_BASE_URL`, with the key `OPENAI_API_KEY`. A key
    /// alone is not enough: someone who has one for other purposes shouldn't
    /// pay for a rehearsal.
    ///
    /// # Errors
    /// If there is no server to ask.
    pub async fn from_env() -> Result<Self, ProviderError> {
        let Some(client) = Client::from_env() else {
            return Self::rehearsal().await;
        };
        // What is empty is not set.
        let variable = |name: &str| {
            env::var(name).ok().filter(|value| !value.trim().is_empty())
        };
        let settings = Settings::from(variable)?;
        Ok(Self {
            client: client?.with_limits(settings.waits),
            settings,
            jitter: Jitter::random(),
            rehearsal: None,
        })
    }

    /// The rehearsal.
    ///
    /// # Errors
    /// If it has no port.
    pub async fn rehearsal() -> Result<Self, ProviderError> {
        let rehearsal = Rehearsal::start().await?;
        let (settings, base) = (rehearsal::settings(), rehearsal.base_url());
        let client = Client::new(base, "none", settings.model.as_str())?;
        Ok(Self {
            client: client.with_limits(settings.waits),
            settings,
            jitter: rehearsal::jitter(),
            rehearsal: Some(rehearsal),
        })
    }
}
