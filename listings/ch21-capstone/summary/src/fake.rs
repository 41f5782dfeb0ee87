//! A provider for the tests of the pipeline: no network, virtual time.

use crate::call::{Call, Llm};
use futures::StreamExt;
use futures::stream;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use llm_client::{
    Answer as Stream, Cause, Error, Phase, Piece, Refusal, Usage, begun,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What is answered, and after how many milliseconds.
#[derive(Debug, Clone)]
pub struct Answer {
    pub after: u64,
    pub error: Option<(u16, Option<u64>, &'static str)>,
    /// Why the answer isn't whole.
    pub cut: Option<Cause>,
}

impl Answer {
    pub fn after(ms: u64) -> Self {
        Self {
            after: ms,
            error: None,
            cut: None,
        }
    }

    /// An answer that begins after a second, and isn't whole.
    pub fn cut(cause: Cause) -> Self {
        Self {
            cut: Some(cause),
            ..Self::after(1000)
        }
    }

    pub fn busy(status: u16, retry_after: Option<u64>) -> Self {
        Self {
            error: Some((status, retry_after, "")),
            ..Self::after(1000)
        }
    }

    pub fn refused(status: u16, code: &'static str) -> Self {
        Self {
            error: Some((status, None, code)),
            ..Self::after(1000)
        }
    }
}

/// Sums "Part 3" up as "<3>", after a second.
#[derive(Debug, Clone, Default)]
pub struct Fake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By chunk, model and number of the attempt.
    script: HashMap<(usize, String, u32), Answer>,
    attempts: HashMap<(usize, String), u32>,
    /// How often each chunk was asked about; 0 is the story.
    asked: BTreeMap<usize, u32>,
    breaks_off: bool,
    per_minute: Option<u32>,
    /// What is left of the quota, and since when.
    left: Option<(f64, Instant)>,
    refused: u32,
    under_way: u32,
    peak: u32,
}

impl Fake {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn allowing(per_minute: u32) -> Self {
        let fake = Self::new();
        fake.state().per_minute = Some(per_minute);
        fake
    }

    pub fn on(
        self,
        chunk: usize,
        model: &str,
        attempt: u32,
        answer: Answer,
    ) -> Self {
        let key = (chunk, model.to_owned(), attempt);
        self.state().script.insert(key, answer);
        self
    }

    pub fn breaking_off(self) -> Self {
        self.state().breaks_off = true;
        self
    }

    pub fn asked(&self) -> BTreeMap<usize, u32> {
        self.state().asked.clone()
    }

    pub fn refused(&self) -> u32 {
        self.state().refused
    }

    pub fn under_way(&self) -> u32 {
        self.state().under_way
    }

    pub fn peak(&self) -> u32 {
        self.state().peak
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no panic within")
    }
}

impl State {
    /// Notes a call, and says whether it is within the quota.
    fn admit(&mut self, chunk: usize) -> bool {
        *self.asked.entry(chunk).or_default() += 1;
        let Some(per_minute) = self.per_minute else {
            return true;
        };
        let burst = f64::from(per_minute);
        let now = Instant::now();
        let (left, since) = self.left.unwrap_or((burst, now));
        let minutes = (now - since).as_secs_f64() / 60.0;
        let back = minutes * burst;
        let left = (left + back).min(burst);
        // A hair for what floats lose.
        let admitted = left > 1.0 - 1e-6;
        let taken = if admitted { 1.0 } else { 0.0 };
        self.left = Some((left - taken, now));
        self.refused += u32::from(!admitted);
        admitted
    }

    fn answer(&mut self, chunk: usize, call: &Call) -> Answer {
        let who = (chunk, call.model.clone());
        let attempt = self.attempts.entry(who.clone()).or_default();
        let key = (who.0, who.1, *attempt);
        *attempt += 1;
        self.script.remove(&key).unwrap_or(Answer::after(1000))
    }
}

/// Counts a call as under way until it is dropped.
struct UnderWay(Fake);

impl UnderWay {
    fn new(fake: &Fake) -> Self {
        let mut state = fake.state();
        state.under_way += 1;
        state.peak = state.peak.max(state.under_way);
        drop(state);
        Self(fake.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
    }
}

fn refusal(status: u16, retry_after: Option<u64>, code: &str) -> Error {
    let status = StatusCode::from_u16(status).expect("a status");
    let mut headers = HeaderMap::new();
    headers.extend(retry_after.map(|after| (RETRY_AFTER, after.into())));
    let body = format!(r#"{{"error":{{"code":"{code}"}}}}"#);
    Error::head(Refusal::of(status, &headers, body.as_bytes()).into())
}

/// The number behind "Part".
fn chunk(prompt: &str) -> usize {
    let (_, after) = prompt.split_once("\n\nPart ").expect("a chunk");
    let number = after.split(' ').next().expect("a number follows");
    number.parse().expect("it is one")
}

impl Llm for Fake {
    async fn stream(&self, call: &Call) -> Result<Stream, Error> {
        if call.prompt.contains("\n\nPart ") {
            self.summary(call).await
        } else {
            self.story(call).await
        }
    }
}

impl Fake {
    async fn summary(&self, call: &Call) -> Result<Stream, Error> {
        let chunk = chunk(&call.prompt);
        let under_way = UnderWay::new(self);
        let answer = {
            let mut state = self.state();
            if !state.admit(chunk) {
                return Err(refusal(429, None, ""));
            }
            state.answer(chunk, call)
        };
        sleep(Duration::from_millis(answer.after)).await;
        if let Some((status, retry_after, code)) = answer.error {
            return Err(refusal(status, retry_after, code));
        }
        let text = Piece::Text(format!("<{chunk}>"));
        let usage = Piece::Usage(Usage {
            prompt_tokens: 10,
            completion_tokens: 1,
        });
        let pieces = match answer.cut {
            None => vec![Ok(text), Ok(usage)],
            Some(cause) => vec![Ok(text), Err(in_answer(cause))],
        };
        // It is under way until its stream is dropped.
        let pieces = stream::iter(pieces).map(move |piece| {
            let _ = &under_way;
            piece
        });
        Ok(pieces.boxed())
    }

    async fn story(&self, call: &Call) -> Result<Stream, Error> {
        if !self.state().admit(0) {
            return Err(refusal(429, None, ""));
        }
        let (_, summaries) = call.prompt.split_once("\n\n").expect("summaries");
        let lines = summaries.lines();
        let mut pieces: Vec<_> =
            lines.map(|line| Ok(Piece::Text(line.to_owned()))).collect();
        if self.state().breaks_off {
            pieces.truncate(1);
            pieces.push(Err(in_answer(Cause::Lost("it fell".into()))));
        }
        let pieces = stream::iter(pieces).then(|piece| async {
            sleep(Duration::from_millis(100)).await;
            piece
        });
        begun(pieces.boxed()).await
    }
}

fn in_answer(cause: Cause) -> Error {
    Error {
        phase: Phase::Answer,
        cause,
        so_far: "<".to_owned(),
    }
}
