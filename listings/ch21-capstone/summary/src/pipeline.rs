//! From chunks to a story.

use crate::budget::Budget;
use crate::call::{Call, CallError, Llm, Remedy};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::document::{Chunk, tokens};
use crate::hedge::hedged;
use crate::progress::Event;
use crate::retry::{Jitter, retry};
use crate::settings::Settings;
use crate::shutdown::{INTERRUPTED, Shutdown};
use futures::StreamExt;
use std::fmt;
use std::mem;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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
    },
    /// A chunk has no summary.
    #[error("chunk {chunk:02}: {cause}")]
    Chunk {
        /// Its number, from 1.
        chunk: usize,
        /// Why.
        cause: CallError,
    },
    /// The summaries were not put together.
    #[error("the story: {0}")]
    Reduction(CallError),
    /// What is done can't be saved.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl PipelineError {
    /// What a shell is told.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted { .. } => ExitCode::from(INTERRUPTED),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Listens to what happens.
pub type Report = Box<dyn Fn(&Event) + Send + Sync>;

/// Summarises documents.
pub struct Pipeline<L> {
    llm: L,
    settings: Settings,
    /// Providers limit each model by itself.
    budget: Budget,
    fallback_budget: Budget,
    calls: Arc<Semaphore>,
    hedges: Semaphore,
    jitter: Jitter,
    report: Report,
}

/// The right to make one call; given back by being dropped.
#[expect(dead_code, reason = "what is held matters, not what is in it")]
struct Turn(OwnedSemaphorePermit);

/// What became of a chunk.
type Outcome = (usize, Result<String, CallError>);

impl<L: Llm> Pipeline<L> {
    /// A pipeline that asks `llm`, tells `report`, and has spent nothing yet.
    #[must_use]
    pub fn new(
        llm: L,
        settings: Settings,
        jitter: Jitter,
        report: Report,
    ) -> Arc<Self> {
        let limits = settings.limits;
        let budget = || Budget::new(limits.requests(), limits.tokens());
        Arc::new(Self {
            llm,
            budget: budget(),
            fallback_budget: budget(),
            calls: Arc::new(Semaphore::new(settings.concurrency)),
            hedges: Semaphore::new(settings.hedges),
            settings,
            jitter,
            report,
        })
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
        let done = checkpoint.done().len();
        let all = chunks.len();
        self.tell(&Event::Begun { chunks: all, done });
        self.map(chunks, &mut checkpoint, shutdown).await?;
        let interrupted = |checkpoint: &Checkpoint| {
            Err(PipelineError::Interrupted {
                done: checkpoint.done().len(),
                of: all,
            })
        };
        if checkpoint.done().len() < all {
            return interrupted(&checkpoint);
        }
        let summaries: Vec<&str> =
            checkpoint.done().values().map(String::as_str).collect();
        let story = tokio::select! {
            biased;
            () = shutdown.stop.cancelled() => return interrupted(&checkpoint),
            story = self.reduce(&summaries) => story,
        };
        let story = story.map_err(PipelineError::Reduction)?;
        checkpoint.remove()?;
        Ok(story)
    }

    // ANCHOR: map
    /// Asks about each chunk that has no summary yet, and saves what comes.
    async fn map(
        self: &Arc<Self>,
        chunks: Vec<Chunk>,
        checkpoint: &mut Checkpoint,
        shutdown: &Shutdown,
    ) -> Result<(), PipelineError> {
        let all = chunks.len();
        let done = checkpoint.done();
        let todo: Vec<Chunk> = chunks
            .into_iter()
            .filter(|chunk| !done.contains_key(&chunk.index))
            .collect();
        // A failure for good stops this map and nobody else.
        let stop = shutdown.stop.child_token();
        let (outcomes, mut inbox) = mpsc::channel(self.settings.concurrency);
        let begin = self.begin(todo, all, outcomes, &stop, &shutdown.abandon);
        let collect = async {
            let (mut result, mut stopping) = (Ok(()), false);
            loop {
                let received = tokio::select! {
                    biased;
                    () = stop.cancelled(), if !stopping => {
                        stopping = true;
                        self.tell(&Event::Stopping);
                        continue;
                    }
                    received = inbox.recv() => received,
                };
                // Ends when the last sender is dropped: with the last task.
                let Some((index, outcome)) = received else {
                    return result;
                };
                let saved = match outcome {
                    Ok(summary) => checkpoint
                        .add(index, summary)
                        .await
                        .map_err(PipelineError::from),
                    Err(cause) => Err(PipelineError::Chunk {
                        chunk: index + 1,
                        cause,
                    }),
                };
                if let Err(error) = saved {
                    stop.cancel();
                    // The first says why; what is under way may still end.
                    result = result.and(Err(error));
                }
            }
        };
        tokio::join!(begin, collect).1
    }
    // ANCHOR_END: map

    // ANCHOR: begin
    /// Begins one chunk after another, as the limits allow, until it is told
    /// to stop.
    async fn begin(
        self: &Arc<Self>,
        todo: Vec<Chunk>,
        of: usize,
        outcomes: mpsc::Sender<Outcome>,
        stop: &CancellationToken,
        abandon: &CancellationToken,
    ) {
        let done = Arc::new(AtomicUsize::new(of - todo.len()));
        let tracker = TaskTracker::new();
        for chunk in todo {
            let call = self.settings.ask(Settings::about(&chunk));
            let turn = tokio::select! {
                biased; // a stop that has been asked for comes first
                () = stop.cancelled() => break,
                turn = self.turn(&call) => turn,
            };
            let (this, outcomes) = (Arc::clone(self), outcomes.clone());
            let (stop, abandon) = (stop.clone(), abandon.clone());
            let done = Arc::clone(&done);
            tracker.spawn(async move {
                let summary = this.summarise(chunk.index, call, turn);
                let outcome = abandon.run_until_cancelled(summary).await;
                let Some(outcome) = outcome else { return };
                if outcome.is_ok() {
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    let chunk = chunk.index + 1;
                    this.tell(&Event::Done { chunk, done, of });
                } else {
                    // Now, or else the next is begun before this is read.
                    stop.cancel();
                }
                // Only a collector that is gone does not listen.
                let _ = outcomes.send((chunk.index, outcome)).await;
            });
        }
        // A sender that stays would keep the collector waiting for ever.
        drop(outcomes);
        tracker.close();
        // Nobody outlives the map.
        tracker.wait().await;
    }
    // ANCHOR_END: begin

    // ANCHOR: summarise
    /// One chunk: the model of choice as often as makes sense, then the other.
    async fn summarise(
        &self,
        index: usize,
        call: Call,
        turn: Turn,
    ) -> Result<String, CallError> {
        let chunk = index + 1;
        let mut turn = Some(turn);
        let failed = self.asked_again(chunk, &call, &mut turn).await;
        let error = match failed {
            Err(error) if error.remedy() != Remedy::Stop => error,
            answered_or_hopeless => return answered_or_hopeless,
        };
        let model = self.settings.fallback.as_str();
        if model == call.model {
            return Err(error);
        }
        let error = &error;
        self.tell(&Event::FellBack {
            chunk,
            error,
            model,
        });
        let model = model.to_owned();
        let call = Call { model, ..call };
        self.asked_again(chunk, &call, &mut None).await
    }

    /// One model, asked again while that may help. Each attempt has a turn of
    /// its own; between two of them nothing is held.
    async fn asked_again(
        &self,
        chunk: usize,
        call: &Call,
        first: &mut Option<Turn>,
    ) -> Result<String, CallError> {
        let mut again = false;
        let attempt = || {
            let (turn, again) = (first.take(), mem::replace(&mut again, true));
            async move {
                let _turn = match turn {
                    Some(turn) => turn,
                    None => self.turn(call).await,
                };
                self.attempt(chunk, call, again).await
            }
        };
        let failed = |error: &CallError| {
            if let (true, Some(pause)) =
                (error.is_rate_limit(), error.retry_after())
            {
                // The limit is of the key, not of this call.
                self.budget(call).close_for(pause);
            }
            self.tell(&Event::Failed { chunk, error });
        };
        retry(&self.settings.backoff, &self.jitter, attempt, failed).await
    }

    // ANCHOR: attempt
    /// One attempt: within a limit, and with a second call if it is slow.
    async fn attempt(
        &self,
        chunk: usize,
        call: &Call,
        again: bool,
    ) -> Result<String, CallError> {
        let model = call.model.as_str();
        self.tell(&Event::Asked {
            chunk,
            model,
            again,
        });
        let second = async {
            // A hedge is a request like any other: it waits for its turn.
            let permit = self.hedges.acquire().await;
            let _permit = permit.expect("nobody closes it");
            self.budget(call).acquire(cost(call)).await;
            self.tell(&Event::Hedged { chunk });
            self.llm.complete(call).await
        };
        let first = self.llm.complete(call);
        let answer = hedged(self.settings.hedge_after, first, second);
        let limit = self.settings.attempt_limit;
        timeout(limit, answer)
            .await
            .unwrap_or(Err(CallError::TimedOut(limit)))
    }
    // ANCHOR_END: attempt
    // ANCHOR_END: summarise

    /// Waits until a call may be made.
    async fn turn(&self, call: &Call) -> Turn {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let permit = permit.expect("nobody closes it");
        self.budget(call).acquire(cost(call)).await;
        Turn(permit)
    }

    /// What pays for a call.
    fn budget(&self, call: &Call) -> &Budget {
        if call.model == self.settings.model {
            &self.budget
        } else {
            &self.fallback_budget
        }
    }

    // ANCHOR: reduce
    /// Puts the summaries together, and tells the story as it comes.
    async fn reduce(&self, summaries: &[&str]) -> Result<String, CallError> {
        let call = self.settings.ask(Settings::about_all(summaries));
        let limit = self.settings.idle_limit;
        let open = || async {
            let turn = self.turn(&call).await;
            let opened = timeout(limit, self.llm.stream(&call)).await;
            let pieces = opened.unwrap_or(Err(CallError::TimedOut(limit)))?;
            Ok((pieces, turn))
        };
        let failed = |error: &CallError| {
            self.tell(&Event::ReductionFailed { error });
        };
        // Only as long as nothing was shown: see chapter 12.
        let backoff = &self.settings.backoff;
        let (mut pieces, _turn) =
            retry(backoff, &self.jitter, open, failed).await?;
        self.tell(&Event::Reducing);
        let mut story = String::new();
        loop {
            // Not the whole is limited but the silence.
            match timeout(limit, pieces.next()).await {
                Err(_) => return Err(CallError::TimedOut(limit)),
                Ok(None) => break,
                Ok(Some(piece)) => {
                    let piece = piece?;
                    self.tell(&Event::Piece(&piece));
                    story += &piece;
                }
            }
        }
        self.tell(&Event::Told);
        Ok(story)
    }
    // ANCHOR_END: reduce

    fn tell(&self, event: &Event) {
        (self.report)(event);
    }
}

/// What a call takes of the budget: its prompt, and all that it may answer.
#[must_use]
pub fn cost(call: &Call) -> u32 {
    let prompt = u32::try_from(tokens(&call.prompt)).unwrap_or(u32::MAX);
    prompt.saturating_add(call.answer_tokens)
}

impl<L> fmt::Debug for Pipeline<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallError;
    use crate::document::cut;
    use crate::fake::{Answer, Fake};
    use crate::retry::Backoff;
    use crate::settings::Limits;
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::Duration;
    use tempfile::TempDir;
    use tokio::time::{Instant, sleep};

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
            idle_limit: Duration::from_secs(5),
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
            self.dir.path().join("summary.json")
        }

        async fn run(
            &self,
            fake: &Fake,
            shutdown: &Shutdown,
        ) -> Result<String, PipelineError> {
            let told = Arc::clone(&self.told);
            let report = move |event: &Event| {
                told.lock().expect("sound").push(event.to_string());
            };
            let pipeline = Pipeline::new(
                fake.clone(),
                self.settings.clone(),
                Jitter::seeded(1),
                Box::new(report),
            );
            let checkpoint =
                Checkpoint::open(&self.path(), &chunks(), Settings::MAP)?;
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
        // Five of the six, and four more every twelve seconds each.
        assert_eq!(start.elapsed(), Duration::from_millis(48_000 + 800));
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_limiter_the_same_server_refuses() {
        let settings = Settings {
            concurrency: 8,
            ..settings()
        };
        let (bench, fake) = (Bench::new(settings), Fake::allowing(6));
        // In the end it may get there, by asking again and again.
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

    #[tokio::test(start_paused = true)]
    async fn a_spent_account_stops_everything_and_saves_the_rest() {
        let bench = Bench::new(settings());
        let spent = Answer::refused(429, "insufficient_quota");
        let fake = Fake::new().on(3, "large", 0, spent);
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("the money is spent").to_string();
        assert!(error.contains("chunk 03: status 429, insufficient_quota"));
        // 1 and 2 were done, 3 refused, and 4 was under way by then.
        let saved = reopened(&bench.path());
        assert_eq!(saved.keys().copied().collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(fake.asked().values().sum::<u32>(), 4);
    }

    fn reopened(path: &Path) -> BTreeMap<usize, String> {
        let open = Checkpoint::open(path, &chunks(), Settings::MAP);
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

    #[tokio::test(start_paused = true)]
    async fn a_story_that_breaks_off_leaves_all_summaries() {
        let bench = Bench::new(settings());
        let fake = Fake::new().breaking_off();
        let failed = bench.run(&fake, &Shutdown::default()).await;
        let error = failed.expect_err("half a story");
        assert!(matches!(
            error,
            PipelineError::Reduction(CallError::BrokenOff)
        ));
        assert_eq!(reopened(&bench.path()).len(), CHUNKS);
        // Once something was shown, nobody asks again by themselves.
        assert_eq!(fake.asked()[&0], 1);
    }
}
