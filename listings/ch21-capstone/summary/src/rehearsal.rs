//! The server of the rehearsal: scripted, in this process, with limits that a
//! plain `join_all` runs into.

use crate::call::{Call, Llm};
use crate::document::{MOONSTONE, cut, tokens};
use crate::settings::{Limits, Settings};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use llm_client::{
    Answer, Backoff, Error, Jitter, Limits as Waits, Refusal, begun, pieces,
};
use llm_server::{ChatRequest, Failure, Listening, LlmServer, Model, Script};
use std::collections::HashMap;
use std::io;
use std::sync::LazyLock;
use std::time::Duration;
use tower::ServiceExt;

/// The model of choice: quick, and with room for 2048 tokens.
pub const MODEL: &str = "mini-2k";

/// The other one: slower, with more room.
pub const FALLBACK: &str = "large-32k";

/// The most tokens of a chunk. It forgets that the question has tokens as well,
/// so one chunk will be too long for [`MODEL`].
const CHUNK: usize = 1950;

/// What each chunk is summarised as, and in how many milliseconds.
const PARTS: [(u64, &str); 15] = [
    (
        910,
        "A cousin tells how John Herncastle went after the Yellow Diamond when \
         Seringapatam was stormed, and how two Indians lay dead at its door.",
    ),
    (
        1170,
        "A third Indian dies cursing Herncastle, who will not explain himself; \
         fifty years later old Betteredge is asked to write down the rest.",
    ),
    (
        630,
        "Betteredge, who trusts in Robinson Crusoe, tells of his service with \
         Lady Verinder and of his marriage instead.",
    ),
    (
        1030,
        "Made house-steward, and prompted by his daughter Penelope, he begins \
         again, with the day when Franklin Blake was expected.",
    ),
    (
        790,
        "Three Indian jugglers come to the house, and Penelope sees them \
         question a boy with ink in his hand.",
    ),
    (
        1310,
        "The boy saw an English gentleman who carries something; then Rosanna \
         Spearman, a maid who was once a thief, is missed at dinner.",
    ),
    (
        710,
        "Betteredge finds Rosanna at the Shivering Sand, where she goes to \
         think of a past that will not let her be.",
    ),
    (
        1090,
        "She fears that her grave waits for her in the quicksand; Franklin \
         Blake appears, hours too early, and she runs away blushing.",
    ),
    (
        850,
        "Blake has the wicked Colonel's Diamond in his pocket: a birthday \
         present by will, for his cousin Rachel.",
    ),
    (
        1250,
        "Betteredge remembers how the Colonel came on Rachel's birthday and \
         was turned away from his sister's door.",
    ),
    (
        670,
        "Blake's father kept the stone in a bank, to be cut up should the \
         Colonel die by violence.",
    ),
    (
        970,
        "Blake suspects a conspiracy of Indians that has survived the \
         Colonel, and asks what the legacy is for.",
    ),
    (
        1390,
        "By the will the Diamond is Rachel's if her mother lives on her next \
         birthday: forgiveness, or revenge, they can't agree which.",
    ),
    (
        1070,
        "Blake rides to lay the stone in the bank at Frizinghall, and Rosanna \
         is found writing his name in her workbox.",
    ),
    (
        770,
        "At midnight a shadow flees from the terrace, and on the gravel lies a \
         small bottle of ink: the Indians are watching.",
    ),
];

/// The story of the whole, as four lines.
const STORY: &str = "\
John Herncastle took the Moonstone by murder, and three Brahmins follow it.
He leaves it to his niece Rachel, whose mother had shut her door on him.
Franklin Blake brings it to Yorkshire, and Betteredge sees trouble come.
It lies in a bank now, the Indians wait, and the birthday is near.";

/// How long from one word to the next.
const WORD: Duration = Duration::from_millis(20);

// ANCHOR: script
/// What the server does. All limits are of one model; nothing is random.
#[must_use]
pub fn script() -> Script {
    // Computed now, or else the first answer would be late for it.
    LazyLock::force(&PROMPTS);
    let mini = Model::new(MODEL)
        .tokenizer(tokens)
        .says_by(answer)
        .first_token_by(first_word)
        .between_tokens(WORD)
        .context_tokens(2048)
        // Four calls and a hedge, and one whose client has hung up already.
        .concurrency(6)
        .requests_per_minute(60)
        .tokens_per_minute(31_500)
        // Chunk 6 finds the server busy; chunk 9 hangs.
        .fails_request(6, Failure::Overloaded(Some(Duration::from_secs(1))))
        .slow_request(9, Duration::from_secs(20));
    let large = Model::new(FALLBACK)
        .tokenizer(tokens)
        .says_by(answer)
        .first_token_by(first_word)
        .between_tokens(WORD)
        .context_tokens(32_000);
    Script::new().model(mini).model(large)
}
// ANCHOR_END: script

/// How the pipeline meets it.
#[must_use]
pub fn settings() -> Settings {
    let limits = Limits {
        requests_per_minute: 60,
        tokens_per_minute: 31_500,
    };
    Settings {
        model: MODEL.to_owned(),
        fallback: FALLBACK.to_owned(),
        chunk_tokens: CHUNK,
        answer_tokens: 100,
        concurrency: 4,
        hedges: 1,
        hedge_after: Duration::from_millis(1330),
        attempt_limit: Duration::from_secs(10),
        waits: Waits {
            idle: Duration::from_secs(3),
            ..Waits::default()
        },
        backoff: Backoff {
            attempts: 4,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(4),
            patience: Duration::from_secs(10),
        },
        limits,
        price: None,
    }
}

/// The random part of each pause, here the same in each run. This seed puts no
/// retry close to another event.
#[must_use]
pub fn jitter() -> Jitter {
    Jitter::seeded(9)
}

/// The part that each prompt is about.
static PROMPTS: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
    let chunks = cut(MOONSTONE, CHUNK).into_iter();
    let settings = settings();
    chunks
        .map(|chunk| (settings.about(&chunk).prompt, chunk.index))
        .collect()
});

/// The part that a request is about; `None` for the story.
fn part(request: &ChatRequest) -> Option<usize> {
    PROMPTS.get(request.prompt()).copied()
}

fn answer(request: &ChatRequest) -> String {
    part(request).map_or(STORY, |part| PARTS[part].1).to_owned()
}

/// When the first word comes, so that the last is there in time.
fn first_word(request: &ChatRequest) -> Duration {
    let Some(part) = part(request) else {
        return Duration::from_millis(400);
    };
    let (millis, text) = PARTS[part];
    let words = u32::try_from(text.split_whitespace().count());
    let words = words.expect("few words");
    Duration::from_millis(millis).saturating_sub(WORD * (words - 1))
}

/// The server, listening on a free port.
#[derive(Debug)]
pub struct Rehearsal {
    /// What it saw.
    pub server: LlmServer,
    listening: Listening,
}

impl Rehearsal {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> io::Result<Self> {
        let server = LlmServer::new(script());
        let listening = server.listen("127.0.0.1:0").await?;
        Ok(Self { server, listening })
    }

    /// What `OPENAI_BASE_URL` would be.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.listening.base_url()
    }
}

// ANCHOR: in_process
/// The same server without a network: its routes, called as a function. Nothing
/// but timers makes it wait, so a paused clock drives it to the millisecond.
#[derive(Debug, Clone)]
pub struct InProcess {
    /// What it saw.
    pub server: LlmServer,
    router: Router,
}

impl InProcess {
    /// One that does what the script says.
    #[must_use]
    pub fn new(script: Script) -> Self {
        let server = LlmServer::new(script);
        let router = server.router();
        Self { server, router }
    }
}

impl Llm for InProcess {
    async fn stream(&self, call: &Call) -> Result<Answer, Error> {
        let request = Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Body::from(call.request().to_json(&call.model)))
            .expect("a request");
        let routed = self.router.clone().oneshot(request).await;
        let response = routed.expect("a router has no errors of its own");
        let (head, body) = response.into_parts();
        if head.status.is_success() {
            let waits = settings().waits;
            return begun(pieces(body.into_data_stream(), waits)).await;
        }
        let body = axum::body::to_bytes(body, 1 << 16)
            .await
            .unwrap_or_default();
        let refusal = Refusal::of(head.status, &head.headers, &body);
        Err(Error::head(refusal.into()))
    }
}
// ANCHOR_END: in_process

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chunk_is_too_long_for_the_model_of_choice() {
        let settings = settings();
        let chunks = cut(MOONSTONE, settings.chunk_tokens);
        assert_eq!(chunks.len(), PARTS.len());
        let too_long: Vec<usize> = chunks
            .iter()
            .filter(|chunk| settings.about(chunk).cost > 2048)
            .map(|chunk| chunk.index + 1)
            .collect();
        assert_eq!(too_long, [13]);
    }

    #[test]
    fn no_two_parts_take_equally_long() {
        let mut times = PARTS.map(|(millis, _)| millis);
        times.sort_unstable();
        assert!(times.windows(2).all(|pair| pair[0] + 20 <= pair[1]));
    }
}
