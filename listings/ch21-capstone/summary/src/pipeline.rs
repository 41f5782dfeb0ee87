//! From chunks to a story.

use crate::ask::{Asker, Failed, Report, Turn};
use crate::budget::TooLarge;
use crate::call::{Call, Llm};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::document::Chunk;
use crate::progress::Event;
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use futures::TryStreamExt;
use llm_client::{Error as CallError, Jitter, Piece};
use std::convert::Infallible;
use std::future;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Why there is no story. What was done by then is in the checkpoint.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// It was told to stop.
    #[error("interrupted: {done} of {of} chunks are done")]
    Interrupted {
        /// So many are done,
        done: usize,
        /// of so many.
        of: usize,
        /// What a shell is told.
        code: u8,
    },
    /// A chunk can never be asked about.
    #[error("chunk {chunk:02}: {cause}")]
    TooLarge {
        /// Its number, from 1.
        chunk: usize,
        /// Why.
        cause: TooLarge,
    },
    /// A chunk has no summary.
    #[error("chunk {chunk:02}: {cause}")]
    Chunk {
        /// Its number, from 1.
        chunk: usize,
        /// Why.
        cause: CallError,
    },
    /// The summaries can never be put together in one request.
    #[error(
        "the story: a request of {} tokens never fits into a budget of {}: allow \
         shorter answers; the summaries that are saved still count",
        .0.tokens,
        .0.burst
    )]
    StoryTooLarge(TooLarge),
    /// The summaries were not put together.
    #[error("the story: {0}")]
    Reduction(CallError),
    /// What is done can't be saved.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A task panicked, which is a fault of this program.
    #[error("a chunk was lost to a fault of this program: {0}")]
    Panicked(JoinError),
}

impl PipelineError {
    /// What a shell is told.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted { code, .. } => ExitCode::from(*code),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Summarises documents.
#[derive(Debug)]
pub struct Pipeline<L> {
    asker: Asker<L>,
}

/// What became of a chunk that was begun.
type Outcome = (usize, Result<String, Failed>);

impl<L: Llm> Pipeline<L> {
    /// A pipeline that asks `llm`, tells `report`, and has spent nothing yet.
    ///
    /// # Panics
    /// If the settings let no call be under way.
    #[must_use]
    pub fn new(
        llm: L,
        settings: Settings,
        jitter: Jitter,
        report: Report,
    ) -> Arc<Self> {
        let asker = Asker::new(llm, settings, jitter, report);
        Arc::new(Self { asker })
    }

    /// Summarises what the checkpoint has not, and tells the story.
    ///
    /// # Errors
    /// If it was stopped, or something failed for good. What was done by then
    /// is in the checkpoint.
    pub async fn run(
        self: &Arc<Self>,
        chunks: Vec<Chunk>,
        mut checkpoint: Checkpoint,
        shutdown: &Shutdown,
    ) -> Result<String, PipelineError> {
        let story = self.story(chunks, &mut checkpoint, shutdown).await;
        // After a failure too: that is when people want to know.
        self.tell(&Event::Cost(self.asker.bill()));
        let story = story?;
        // Nobody may have read it: output that is closed counts as a stop.
        if shutdown.stop.is_cancelled() {
            return Ok(story);
        }
        // What is paid for and told isn't lost to a file that stays.
        if let Err(error) = checkpoint.remove().await {
            self.tell(&Event::Kept { error: &error });
        }
        Ok(story)
    }

    async fn story(
        self: &Arc<Self>,
        chunks: Vec<Chunk>,
        checkpoint: &mut Checkpoint,
        shutdown: &Shutdown,
    ) -> Result<String, PipelineError> {
        let (all, done) = (chunks.len(), checkpoint.done().len());
        self.tell(&Event::Begun { chunks: all, done });
        self.map(chunks, checkpoint, shutdown).await?;
        let done = checkpoint.done().len();
        // Which signal it was is known when it has come, and not before.
        let interrupted = || PipelineError::Interrupted {
            done,
            of: all,
            code: shutdown.exit_code(),
        };
        if done < all {
            return Err(interrupted());
        }
        let summaries = checkpoint.done().values().map(String::as_str);
        let summaries: Vec<&str> = summaries.collect();
        tokio::select! {
            biased;
            () = shutdown.stop.cancelled() => Err(interrupted()),
            story = self.reduce(&summaries) => story,
        }
    }

    /// Asks about each chunk that has no summary yet, and saves what comes.
    // ANCHOR: map
    async fn map(
        self: &Arc<Self>,
        chunks: Vec<Chunk>,
        checkpoint: &mut Checkpoint,
        shutdown: &Shutdown,
    ) -> Result<(), PipelineError> {
        let of = chunks.len();
        let todo = self.todo(chunks, checkpoint)?;
        self.warn_of_the_story(todo.len(), checkpoint);
        // A failure for good stops this map and nobody else.
        let shutdown = shutdown.child();
        let (outcomes, inbox) = mpsc::channel(of.max(1));
        let work = async {
            let begin = self.begin(todo, of, outcomes, &shutdown);
            let save = save(inbox, checkpoint, &shutdown.stop);
            let (all_ended, saved) = tokio::join!(begin, save);
            saved.and(all_ended.map_err(PipelineError::Panicked))
        };
        tokio::select! {
            biased;
            never = self.say_when_stopped(&shutdown.stop) => match never {},
            saved = work => saved,
        }
    }
    // ANCHOR_END: map

    async fn say_when_stopped(&self, stop: &CancellationToken) -> Infallible {
        stop.cancelled().await;
        self.tell(&Event::Stopping);
        future::pending().await
    }

    /// The chunks that have no summary yet. If one of them can never be asked
    /// about, that is an error before anything is paid for.
    fn todo(
        &self,
        mut chunks: Vec<Chunk>,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<Chunk>, PipelineError> {
        chunks.retain(|chunk| !checkpoint.done().contains_key(&chunk.index));
        for chunk in &chunks {
            let fits = self.asker.admits(&self.asker.settings().about(chunk));
            let chunk = chunk.index + 1;
            fits.map_err(|cause| PipelineError::TooLarge { chunk, cause })?;
        }
        Ok(chunks)
    }

    /// The story is asked for last, when all else is paid for. So if it may be
    /// too large by then, that is said now. It's no error: an answer that may be
    /// long, since its model thinks, is a short one as a rule.
    fn warn_of_the_story(&self, todo: usize, checkpoint: &Checkpoint) {
        let settings = self.asker.settings();
        let done: Vec<&str> =
            checkpoint.done().values().map(String::as_str).collect();
        let mut call = settings.about_all(&done);
        let todo = u32::try_from(todo).unwrap_or(u32::MAX);
        // A line break after each.
        let more = settings.answer_tokens.saturating_add(1);
        call.cost = call.cost.saturating_add(todo.saturating_mul(more));
        if let Err(cause) = self.asker.admits(&call) {
            self.tell(&Event::StoryMayNotFit { cause });
        }
    }

    /// Begins one chunk after another, as the limits allow, until it is told
    /// to stop.
    // ANCHOR: begin
    async fn begin(
        self: &Arc<Self>,
        todo: Vec<Chunk>,
        of: usize,
        outcomes: mpsc::Sender<Outcome>,
        shutdown: &Shutdown,
    ) -> Result<(), JoinError> {
        let done = Arc::new(AtomicUsize::new(of - todo.len()));
        // Dropped with this future, and its tasks are: a task that is merely
        // spawned wouldn't notice.
        let (mut tasks, mut result) = (JoinSet::new(), Ok(()));
        for chunk in todo {
            // Who pauses needs no turn, and others use it; but in an outage
            // all would be begun, to be asked again and again.
            while tasks.len() >= 2 * self.asker.settings().concurrency {
                result = result.and(ended(&mut tasks, &shutdown.stop).await);
            }
            let call = self.asker.settings().about(&chunk);
            // The loop waits here: no task is spawned before its first turn.
            let turn = match self.asker.turn(&call, &shutdown.stop).await {
                Err(Failed::Stopped) => break,
                // Banned for long: the task finds out, and asks the other model.
                turn => turn.ok(),
            };
            let (this, shutdown) = (Arc::clone(self), shutdown.clone());
            let (outcomes, done) = (outcomes.clone(), Arc::clone(&done));
            tasks.spawn(async move {
                let number = chunk.index + 1;
                let summary =
                    this.summary(number, &call, turn, &shutdown).await;
                let is_done = summary.is_ok();
                // First of all, since it is paid for. It fails only if the
                // collector is gone, and the map with it.
                let _ = outcomes.send((chunk.index, summary)).await;
                if is_done {
                    this.tell_done(number, &done, of);
                }
            });
        }
        // One sender left over would keep the collector waiting for ever.
        drop(outcomes);
        while !tasks.is_empty() {
            result = result.and(ended(&mut tasks, &shutdown.stop).await);
        }
        result
    }
    // ANCHOR_END: begin

    /// The summary of a chunk. A failure for good stops what is not begun.
    async fn summary(
        &self,
        chunk: usize,
        call: &Call,
        turn: Option<Turn>,
        shutdown: &Shutdown,
    ) -> Result<String, Failed> {
        let ask = self.asker.summarise(chunk, call, turn, &shutdown.stop);
        let summary = shutdown.abandon.run_until_cancelled(ask).await;
        let summary = summary.unwrap_or(Err(Failed::Stopped));
        if let Err(Failed::Call(_)) = &summary {
            // Right here: the next could begin before the collector reads this.
            shutdown.stop.cancel();
        }
        summary
    }

    fn tell_done(&self, chunk: usize, done: &AtomicUsize, of: usize) {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        self.tell(&Event::Done { chunk, done, of });
    }

    // ANCHOR: reduce
    /// Puts the summaries together, and tells the story as it comes.
    async fn reduce(
        &self,
        summaries: &[&str],
    ) -> Result<String, PipelineError> {
        let call = self.asker.settings().about_all(summaries);
        let fits = self.asker.admits(&call);
        fits.map_err(PipelineError::StoryTooLarge)?;
        self.shown(&call).await.map_err(PipelineError::Reduction)
    }

    async fn shown(&self, call: &Call) -> Result<String, CallError> {
        let mut shown = self.asker.show(call).await?;
        self.tell(&Event::Reducing);
        let (mut story, mut told) = (String::new(), None);
        while let Some(piece) = shown.answer.try_next().await? {
            match piece {
                Piece::Text(text) => {
                    self.tell(&Event::Piece(&text));
                    story += &text;
                }
                // Some servers count along: the last word is all of it.
                Piece::Usage(usage) => told = Some(usage),
            }
        }
        drop(shown.turn); // and no sooner: it was one call all the time
        self.asker.cost_of_shown(&shown.model, told);
        self.tell(&Event::Told);
        Ok(story)
    }
    // ANCHOR_END: reduce

    fn tell(&self, event: &Event) {
        self.asker.tell(event);
    }
}

/// Waits for the next task to end. If it panicked, its chunk has no summary:
/// nothing new is begun.
async fn ended(
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> Result<(), JoinError> {
    let ended = tasks.join_next().await.unwrap_or(Ok(()));
    if ended.is_err() {
        stop.cancel();
    }
    ended
}

/// Saves what comes, until all senders are gone. A failure for good stops what
/// is not begun; what is under way may still end, since it is paid for.
// ANCHOR: save
async fn save(
    mut inbox: mpsc::Receiver<Outcome>,
    checkpoint: &mut Checkpoint,
    stop: &CancellationToken,
) -> Result<(), PipelineError> {
    let mut result = Ok(());
    while let Some((index, summary)) = inbox.recv().await {
        let saved = match summary {
            Err(Failed::Stopped) => continue, // the next run asks for it
            Err(Failed::Call(cause)) => {
                let chunk = index + 1;
                Err(PipelineError::Chunk { chunk, cause })
            }
            Ok(summary) => {
                let saved = checkpoint.add(index, summary).await;
                saved.map_err(PipelineError::from)
            }
        };
        if saved.is_err() {
            stop.cancel();
        }
        result = result.and(saved); // keeps the first error
    }
    result
}
// ANCHOR_END: save

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::cut;
    use crate::fake::{Answer, Fake};
    use crate::settings::{Limits, Settings};
    use llm_client::{Backoff, Cause, Limits as Waits};
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::Duration;
    use tempfile::TempDir;
    use tokio::time::{Instant, sleep, timeout};

    const CHUNKS: usize = 8;

    /// Eight chunks of one short paragraph each.
    fn chunks() -> Vec<Chunk> {
        let parts = (1..=CHUNKS).map(|n| format!("Part {n} of it.\n\n"));
        let chunks = cut(&parts.collect::<Vec<_>>().concat(), 8);
        assert_eq!(chunks.len(), CHUNKS);
        chunks
    }

    const PLENTY: Limits = Limits {
        requests_per_minute: 1_000_000_000,
        tokens_per_minute: 1_000_000_000,
    };

    fn settings() -> Settings {
        Settings {
            model: "large".to_owned(),
            fallback: "small".to_owned(),
            chunk_tokens: 8,
            answer_tokens: 10,
            concurrency: 2,
            hedges: 1,
            hedge_after: Duration::from_secs(20),
            attempt_limit: Duration::from_mins(1),
            waits: Waits::default(),
            price: None,
            backoff: Backoff {
                attempts: 3,
                base: Duration::from_secs(1),
                cap: Duration::from_secs(8),
                patience: Duration::from_mins(1),
            },
            limits: PLENTY,
        }
    }

    /// A pipeline, what it told, and a checkpoint for it.
    struct Bench {
        dir: TempDir,
        told: Arc<Mutex<Vec<String>>>,
        settings: Settings,
    }

    impl Bench {
        fn new(settings: Settings) -> Self {
            Self {
                dir: TempDir::new().expect("a folder"),
                told: Arc::default(),
                settings,
            }
        }

        fn path(&self) -> std::path::PathBuf {
            self.dir.path().join("summary.jsonl")
        }

        async fn run(
            &self,
            fake: &Fake,
            shutdown: &Shutdown,
        ) -> Result<String, PipelineError> {
            let told = Arc::clone(&self.told);
            let start = Instant::now();
            let report = move |event: &Event| {
                let line = format!("{:?} {event}", start.elapsed());
                told.lock().expect("sound").push(line);
            };
            let pipeline = Pipeline::new(
                fake.clone(),
                self.settings.clone(),
                Jitter::seeded(1),
                Box::new(report),
            );
            let checkpoint =
                Checkpoint::open(&self.path(), &chunks(), &self.settings)?;
            pipeline.run(chunks(), checkpoint, shutdown).await
        }

        /// How many of the told events contain these words.
        fn count(&self, words: &str) -> usize {
            let told = self.told.lock().expect("sound");
            told.iter().filter(|line| line.contains(words)).count()
        }
    }

    /// The story that a fake tells of all chunks.
    fn whole() -> String {
        let parts = (1..=CHUNKS).map(|n| format!("<{n}>"));
        parts.collect::<Vec<_>>().concat()
    }

    #[tokio::test(start_paused = true)]
    async fn eight_chunks_two_at_a_time_take_four_rounds() {
        let (bench, fake) = (Bench::new(settings()), Fake::new());
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        // Four rounds of a second, and a stream of eight pieces.
        assert_eq!(start.elapsed(), Duration::from_millis(4000 + 800));
        assert_eq!(fake.peak(), 2);
        assert!(!bench.path().exists(), "there is nothing to resume");
    }

    #[tokio::test(start_paused = true)]
    async fn the_limiter_leaves_nothing_to_refuse() {
        let settings = Settings {
            concurrency: 8,
            limits: Limits {
                requests_per_minute: 6,
                ..PLENTY
            },
            ..settings()
        };
        let (bench, fake) = (Bench::new(settings), Fake::allowing(6));
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(fake.refused(), 0);
        // Five of the six at once, then one every twelve seconds.
        assert_eq!(start.elapsed(), Duration::from_millis(48_000 + 800));
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_limiter_the_same_server_refuses() {
        let settings = Settings {
            concurrency: 8,
            ..settings()
        };
        let (bench, fake) = (Bench::new(settings), Fake::allowing(6));
        // It may get there in the end, by asking again and again.
        let _ = bench.run(&fake, &Shutdown::default()).await;
        assert!(fake.refused() >= 2, "{}", fake.refused());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_passes_costs_one_more_call() {
        let bench = Bench::new(settings());
        let fake = Fake::new().on(3, "large", 0, Answer::busy(503, None));
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(fake.asked()[&3], 2);
        assert_eq!(bench.count("chunk 03: status 503, again soon"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_to_retry_holds_up_nobody() {
        let one = Settings {
            concurrency: 1,
            ..settings()
        };
        let bench = Bench::new(one);
        let away = Answer::busy(503, Some(5));
        let fake = Fake::new().on(1, "large", 0, away);
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        // 9 calls of 1 s one after another, then the stream: the five
        // seconds are spent on the others.
        assert_eq!(start.elapsed(), Duration::from_millis(9000 + 800));
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_with_a_time_closes_the_door_for_all() {
        let bench = Bench::new(settings());
        let away = Answer::busy(429, Some(7));
        let fake = Fake::new().on(1, "large", 0, away);
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        // Two calls in the first second, nothing for seven, then six
        // chunks and the one refused, two at a time.
        let took = start.elapsed().as_millis();
        assert!((12_800..13_800).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_goes_to_the_other_model_at_once() {
        let bench = Bench::new(settings());
        let refusal = Answer::refused(400, "content_filter");
        let fake = Fake::new().on(3, "large", 0, refusal);
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(fake.asked()[&3], 2);
        assert_eq!(bench.count("content_filter, so small"), 1);
        assert_eq!(bench.count("chunk 03: asking small"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_stays_down_is_replaced() {
        let bench = Bench::new(settings());
        let down = || Answer::busy(503, None);
        let fake = (0..3)
            .fold(Fake::new(), |fake, nth| fake.on(3, "large", nth, down()));
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(fake.asked()[&3], 4);
        assert_eq!(bench.count("chunk 03: status 503, so small"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_call_is_asked_twice_and_the_second_wins() {
        let settings = Settings {
            hedge_after: Duration::from_secs(2),
            ..settings()
        };
        let bench = Bench::new(settings);
        let slow = Answer::after(30_000);
        let fake = Fake::new().on(3, "large", 0, slow);
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(fake.asked()[&3], 2);
        assert_eq!(bench.count("chunk 03: slow, asking twice"), 1);
        assert!(start.elapsed() < Duration::from_secs(8));
    }

    /// As many as there are calls at once: a hedge that may not be sent now is
    /// not waited for.
    #[tokio::test(start_paused = true)]
    async fn a_failure_doesn_t_wait_for_a_hedge_that_isn_t_sent() {
        for hedges in [0, 1] {
            let bench = Bench::new(Settings {
                hedges,
                hedge_after: Duration::from_secs(2),
                ..settings()
            });
            let spent = Answer {
                after: 5000,
                ..Answer::refused(429, "insufficient_quota")
            };
            let fake = Fake::new().on(1, "large", 0, spent.clone()).on(
                1,
                "large",
                1,
                Answer::after(30_000),
            );
            let fake = fake.on(2, "large", 0, spent).on(
                2,
                "large",
                1,
                Answer::after(30_000),
            );
            let start = Instant::now();
            let failed = bench.run(&fake, &Shutdown::default()).await;
            failed.expect_err("the money is spent");
            assert_eq!(start.elapsed(), Duration::from_secs(5));
            assert_eq!(bench.count("asking twice"), hedges);
            let requests: u32 = fake.asked().values().sum();
            assert_eq!(usize::try_from(requests), Ok(2 + hedges));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_account_stops_everything_and_saves_the_rest() {
        let bench = Bench::new(settings());
        let spent = Answer::refused(429, "insufficient_quota");
        let fake = Fake::new().on(3, "large", 0, spent);
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("the money is spent").to_string();
        let says = "chunk 03: no credit left, status 429, insufficient_quota";
        assert!(error.contains(says), "{error}");
        // 1 and 2 were done, 3 refused, and 4 was under way by then.
        let saved = reopened(&bench.path());
        assert_eq!(saved.keys().copied().collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(fake.asked().values().sum::<u32>(), 4);
    }

    /// A chunk that waits for its retry isn't asked again, either.
    #[tokio::test(start_paused = true)]
    async fn after_a_failure_for_good_nothing_new_is_paid_for() {
        let bench = Bench::new(settings());
        let fake = Fake::new()
            .on(1, "large", 0, Answer::busy(503, Some(5)))
            .on(2, "large", 0, Answer::refused(401, "invalid_api_key"));
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("the key is wrong").to_string();
        assert!(
            error.starts_with("chunk 02: the key was refused"),
            "{error}"
        );
        assert_eq!(fake.asked(), [(1, 1), (2, 1)].into());
    }

    #[tokio::test(start_paused = true)]
    async fn a_summary_that_is_cut_off_is_never_saved() {
        let bench = Bench::new(settings());
        let cut = Answer::cut(Cause::Truncated);
        let fake = Fake::new().on(3, "large", 0, cut);
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("it is cut off").to_string();
        assert!(error.contains("cut off at the limit"), "{error}");
        assert!(!reopened(&bench.path()).contains_key(&2));
    }

    /// The limiter lets five through and has the sixth wait for seven seconds.
    /// Meanwhile the one place is free, and the fifth asks the other model.
    #[tokio::test(start_paused = true)]
    async fn nobody_holds_a_place_while_the_limiter_sleeps() {
        let settings = Settings {
            concurrency: 1,
            limits: Limits {
                requests_per_minute: 6,
                ..PLENTY
            },
            ..settings()
        };
        let bench = Bench::new(settings);
        let refusal = Answer::refused(400, "content_filter");
        let fake = Fake::new().on(5, "large", 0, refusal);
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(bench.count("5s chunk 05: asking small"), 1);
        assert_eq!(bench.count("12s chunk 06: asking large"), 1);
    }

    /// The provider shuts the model for an hour, and that is for all chunks.
    #[tokio::test(start_paused = true)]
    async fn a_ban_that_is_too_long_sends_everybody_to_the_other_model() {
        let bench = Bench::new(settings());
        let away = Answer::busy(429, Some(3600));
        let fake = Fake::new().on(1, "large", 0, away);
        let start = Instant::now();
        let story = bench.run(&fake, &Shutdown::default()).await;
        assert_eq!(story.expect("told"), whole());
        assert_eq!(bench.count("asking large"), 2);
        assert_eq!(bench.count("asking small"), CHUNKS - 1);
        // They wait for their turns there: no more than four are in progress.
        let told = bench.told.lock().expect("sound");
        let at_once = told.iter().filter(|line| line.starts_with("1s "));
        assert!(at_once.filter(|line| line.contains("so small")).count() <= 4);
        drop(told);
        assert!(start.elapsed() < Duration::from_secs(9));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_fits_is_told_before_anything_is_asked() {
        let limits = Limits {
            tokens_per_minute: 20,
            ..PLENTY
        };
        let bench = Bench::new(Settings {
            limits,
            ..settings()
        });
        let fake = Fake::new();
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("it never fits").to_string();
        assert!(error.starts_with("chunk 01: a request of"), "{error}");
        assert!(fake.asked().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_story_that_may_not_fit_is_said_before_anything_is_asked() {
        let limits = Limits {
            tokens_per_minute: 100,
            ..PLENTY
        };
        let settings = Settings {
            limits,
            ..settings()
        };
        let bench = Bench::new(settings);
        let story = bench.run(&Fake::new(), &Shutdown::default()).await;
        assert_eq!(story.expect("its summaries were short"), whole());
        let told = bench.told.lock().expect("sound");
        assert!(told[1].contains("the story may not fit"), "{told:?}");
        assert!(told[2].contains("asking large"), "{told:?}");
    }

    /// It computes each answer to its end, and each may be on the bill.
    #[tokio::test(start_paused = true)]
    async fn a_model_that_is_too_slow_is_asked_twice_and_no_more() {
        let bench = Bench::new(Settings {
            hedges: 0,
            backoff: Backoff {
                attempts: 5,
                ..settings().backoff
            },
            ..settings()
        });
        let slow = |fake: Fake, (model, nth)| {
            fake.on(3, model, nth, Answer::after(90_000))
        };
        let each = ["large", "small"].into_iter();
        let each = each.flat_map(|model| (0..5).map(move |nth| (model, nth)));
        let fake = each.fold(Fake::new(), slow);
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("nobody is quick enough").to_string();
        assert!(error.contains("not whole after 60s"), "{error}");
        assert_eq!(fake.asked()[&3], 4, "two of each model");
    }

    #[tokio::test]
    #[should_panic(expected = "no call may be under way")]
    async fn a_pipeline_that_may_never_ask_is_refused() {
        let none = Settings {
            concurrency: 0,
            ..settings()
        };
        let bench = Bench::new(none);
        let _ = bench.run(&Fake::new(), &Shutdown::default()).await;
    }

    fn reopened(path: &Path) -> BTreeMap<usize, String> {
        let open = Checkpoint::open(path, &chunks(), &settings());
        open.expect("it is sound").done().clone()
    }

    /// Ctrl-C after any number of chunks: what is under way ends, the rest is
    /// not begun, and the next run asks for that alone.
    #[tokio::test(start_paused = true)]
    async fn a_run_resumed_after_ctrl_c_asks_no_chunk_twice() {
        for seconds in 0..4_u32 {
            let (bench, fake) = (Bench::new(settings()), Fake::new());
            let shutdown = Shutdown::default();
            let stop = shutdown.stop.clone();
            tokio::spawn(async move {
                let half = Duration::from_millis(500);
                sleep(Duration::from_secs(1) * seconds + half).await;
                stop.cancel();
            });
            let stopped = bench.run(&fake, &shutdown).await;
            let error = stopped.expect_err("it was stopped");
            let rounds = usize::try_from(seconds).expect("small") + 1;
            let done = 2 * rounds;
            assert!(
                matches!(error, PipelineError::Interrupted { done: d, .. }
                    if d == done),
                "{error}"
            );
            assert_eq!(bench.count("Stopping"), 1);
            assert_eq!(reopened(&bench.path()).len(), done);
            let story = bench.run(&fake, &Shutdown::default()).await;
            assert_eq!(story.expect("told"), whole());
            for (chunk, times) in fake.asked() {
                assert_eq!(times, 1, "chunk {chunk} after {seconds} s");
            }
        }
    }

    /// What takes longer than the grace is dropped, and asked for again.
    #[tokio::test(start_paused = true)]
    async fn who_does_not_end_within_the_grace_is_dropped() {
        let bench = Bench::new(settings());
        let fake = Fake::new().on(2, "large", 0, Answer::after(15_000));
        let shutdown = Shutdown::default();
        let both = shutdown.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(500)).await;
            both.stop.cancel();
            sleep(Duration::from_secs(2)).await;
            both.abandon.cancel();
        });
        let start = Instant::now();
        let stopped = bench.run(&fake, &shutdown).await;
        stopped.expect_err("it was stopped");
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
        assert_eq!(reopened(&bench.path()).len(), 1);
    }

    /// Killed in any tenth of a second: what was saved is not asked again.
    #[tokio::test(start_paused = true)]
    async fn a_run_resumed_after_a_kill_asks_for_what_was_not_saved() {
        for tenths in 0..48 {
            let (bench, fake) = (Bench::new(settings()), Fake::new());
            let shutdown = Shutdown::default();
            let limit = Duration::from_millis(tenths * 100 + 50);
            let killed = timeout(limit, bench.run(&fake, &shutdown)).await;
            assert!(killed.is_err(), "it is not over");
            let saved = reopened(&bench.path());
            let before = fake.asked();
            let story = bench.run(&fake, &Shutdown::default()).await;
            assert_eq!(story.expect("told"), whole());
            for index in saved.keys() {
                let chunk = index + 1;
                assert_eq!(before[&chunk], fake.asked()[&chunk]);
            }
        }
    }

    /// As `timeout` or `select!` drop a run: its calls are dropped with it.
    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_dropped_leaves_no_call_under_way() {
        let (bench, fake) = (Bench::new(settings()), Fake::new());
        let (limit, calm) = (Duration::from_millis(500), Shutdown::default());
        let dropped = timeout(limit, bench.run(&fake, &calm)).await;
        assert!(dropped.is_err());
        assert_eq!(fake.peak(), 2);
        sleep(Duration::from_millis(1)).await; // the tasks hear of it
        assert_eq!(fake.under_way(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_story_that_breaks_off_leaves_all_summaries() {
        let bench = Bench::new(settings());
        let fake = Fake::new().breaking_off();
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("half a story");
        assert!(matches!(
            error,
            PipelineError::Reduction(cause)
                if matches!(cause.cause, Cause::Lost(_))
        ));
        assert_eq!(reopened(&bench.path()).len(), CHUNKS);
        // Once something was shown, the program doesn't ask again.
        assert_eq!(fake.asked()[&0], 1);
    }

    /// As `println!` does when nobody reads any more.
    #[tokio::test(start_paused = true)]
    async fn a_listener_that_panics_loses_no_answer_and_is_told() {
        let (bench, fake) = (Bench::new(settings()), Fake::new());
        let report = |event: &Event| {
            let done = matches!(event, Event::Done { chunk: 3, .. });
            assert!(!done, "nobody reads any more");
        };
        let pipeline = Pipeline::new(
            fake.clone(),
            settings(),
            Jitter::seeded(1),
            Box::new(report),
        );
        let saved = Checkpoint::open(&bench.path(), &chunks(), &settings());
        let saved = saved.expect("none yet");
        let ran = pipeline.run(chunks(), saved, &Shutdown::default()).await;
        let error = ran.expect_err("a task panicked");
        assert!(matches!(error, PipelineError::Panicked(_)), "{error}");
        let paid = fake.asked().len();
        assert_eq!(reopened(&bench.path()).len(), paid);
        assert!(paid < CHUNKS, "nothing new is begun");
    }

    /// What waits to be asked again is in progress, so an outage meets two
    /// chunks for each call at once, and not all of them.
    #[tokio::test(start_paused = true)]
    async fn an_outage_doesn_t_begin_every_chunk() {
        let down = |fake: Fake, chunk| {
            (0..3).fold(fake, |fake, nth| {
                fake.on(chunk, "large", nth, Answer::busy(503, None))
            })
        };
        let fake = (1..=CHUNKS).fold(Fake::new(), down);
        let one = Settings {
            concurrency: 1,
            fallback: "large".into(),
            ..settings()
        };
        let bench = Bench::new(one);
        let ran = bench.run(&fake, &Shutdown::default()).await;
        ran.expect_err("it stays down");
        assert_eq!(fake.asked().len(), 2);
        assert!(fake.asked().values().sum::<u32>() <= 6);
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_story_is_told_even_if_its_file_can_t_be_deleted() {
        let (bench, fake) = (Bench::new(settings()), Fake::new());
        let path = bench.path();
        let report = {
            let (path, told) = (path.clone(), Arc::clone(&bench.told));
            move |event: &Event| {
                if matches!(event, Event::Told) {
                    // A folder of that name: what deletes files refuses it.
                    std::fs::remove_file(&path).expect("it is there");
                    std::fs::create_dir(&path).expect("it is free");
                }
                told.lock().expect("sound").push(event.to_string());
            }
        };
        let (jitter, report) = (Jitter::seeded(1), Box::new(report));
        let pipeline = Pipeline::new(fake, settings(), jitter, report);
        let saved = Checkpoint::open(&path, &chunks(), &settings());
        let saved = saved.expect("none yet");
        let ran = pipeline.run(chunks(), saved, &Shutdown::default()).await;
        assert_eq!(ran.expect("told"), whole());
        assert_eq!(bench.count("the file of summaries stays: can't use"), 1);
    }
}
