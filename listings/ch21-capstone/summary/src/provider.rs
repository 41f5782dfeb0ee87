//! Whom the program asks: who the environment names, or else the rehearsal.

use crate::client::Client;
use crate::rehearsal::{self, Rehearsal};
use crate::retry::Jitter;
use crate::settings::{Settings, SettingsError};
use secrecy::SecretString;
use std::env;
use thiserror::Error;

/// Why there is nobody to ask.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// No HTTP client can be made.
    #[error("no HTTP client: {0}")]
    Http(#[from] reqwest::Error),
    /// The rehearsal has no port.
    #[error("no port for the rehearsal: {0}")]
    Port(#[from] std::io::Error),
    /// The environment says something that cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Somebody to ask, and how.
#[derive(Debug)]
pub struct Provider {
    /// Who is asked.
    pub client: Client,
    /// How.
    pub settings: Settings,
    /// With which pauses: the rehearsal has the same in each run.
    pub jitter: Jitter,
    /// The server, if it is our own.
    pub rehearsal: Option<Rehearsal>,
}

impl Provider {
    /// The server at `OPENAI_BASE_URL`, with the key `OPENAI_API_KEY`. A key
    /// alone is not enough: whoever has one for other purposes shall not pay
    /// for a rehearsal.
    ///
    /// # Errors
    /// If there is nobody to ask.
    pub async fn from_env() -> Result<Self, ProviderError> {
        let variable = |name: &str| env::var(name).ok();
        let Some(url) = variable("OPENAI_BASE_URL") else {
            return Self::rehearsal().await;
        };
        let key = variable("OPENAI_API_KEY");
        // A server on one's own machine takes any word.
        let key: SecretString = key.unwrap_or_else(|| "none".into()).into();
        Ok(Self {
            client: Client::new(&url, key)?,
            settings: Settings::from(variable)?,
            jitter: Jitter::random(),
            rehearsal: None,
        })
    }

    /// The rehearsal.
    ///
    /// # Errors
    /// If it has no port, or no client can be made.
    pub async fn rehearsal() -> Result<Self, ProviderError> {
        let rehearsal = Rehearsal::start().await?;
        Ok(Self {
            client: Client::new(&rehearsal.base_url(), "none".into())?,
            settings: rehearsal::settings(),
            jitter: rehearsal::jitter(),
            rehearsal: Some(rehearsal),
        })
    }
}
