//! How the body of a request is taken in: within a limit on its bytes and on its
//! time, and so that a refusal reaches its client.

use crate::protocol::ApiError;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::poll_immediate;
use http::request::Parts;
use http::{StatusCode, header};
use http_body::Body as _;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// The most that a request may have, in bytes.
pub const BODY: usize = 4 * 1024 * 1024;

/// The longest that a body may take to arrive, counted from its head.
pub const BODY_TIME: Duration = Duration::from_mins(1);

/// How much of a body that is too long is read and forgotten. A client that is
/// still writing when its connection is closed loses the answer: over HTTP/1.1
/// it would see a broken pipe, and not the 413 (hyper's issues 2384 and 3078).
const FORGOTTEN: usize = 32 * 1024 * 1024;

/// The body of a request.
///
/// # Errors
/// If it is too long (413), comes too slowly (408), or breaks off (400).
pub(crate) async fn body(head: &Parts, body: Body) -> Result<Bytes, ApiError> {
    // Who asks before sending need not be heard out.
    let asks = head.headers.contains_key(header::EXPECT);
    if asks && body.size_hint().lower() > len(BODY) {
        return Err(too_long());
    }
    let mut reading = pin!(read(body));
    // Most bodies come with their head: they need no timer.
    if let Some(body) = poll_immediate(&mut reading).await {
        return body;
    }
    match timeout(BODY_TIME, reading).await {
        Ok(body) => body,
        Err(_) => Err(ApiError::too_slow()),
    }
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        length += chunk.len();
        if length > FORGOTTEN {
            break;
        }
        if length > BODY {
            all = BytesMut::new();
        } else if first.is_empty() {
            first = chunk;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&chunk);
        }
    }
    match length {
        0..=BODY if all.is_empty() => Ok(first),
        0..=BODY => Ok(all.freeze()),
        _ => Err(too_long()),
    }
}

fn too_long() -> ApiError {
    ApiError::invalid(
        StatusCode::PAYLOAD_TOO_LARGE,
        None,
        None,
        format!("Request too large: a body has at most {BODY} bytes."),
    )
}

fn broken(error: &axum::Error) -> ApiError {
    ApiError::invalid(
        StatusCode::BAD_REQUEST,
        None,
        None,
        format!("The body of the request broke off: {error}."),
    )
}

fn len(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
