//! One question, asked as often as makes sense, of the models that may answer.

use crate::budget::{Budget, TooLarge};
use crate::call::{Call, Llm};
use crate::cost::{Bill, Ledger};
use crate::hedge::hedged;
use crate::progress::Event;
use crate::settings::Settings;
use llm_client::{
    Answer, Backoff, Cause, Error, Jitter, Phase, Remedy, Reply, Usage, whole,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Listens to what happens.
pub type Report = Box<dyn Fn(&Event) + Send + Sync>;

/// The right to make one call; given back by being dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "what is held matters, not what is in it")]
pub struct Turn(OwnedSemaphorePermit);

/// An answer under way.
pub struct Shown {
    /// Its pieces.
    pub answer: Answer,
    /// Held for as long as they come.
    pub turn: Turn,
    /// The model that gives it.
    pub model: String,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Failed {
    /// For good.
    Call(Error),
    /// Nothing new is to be begun any more.
    Stopped,
}

/// What became of the attempts at one question.
#[derive(Debug, Default)]
struct Failures {
    all: u32,
    slow: u32,
}

impl Failures {
    /// How long to wait before the next attempt; `None` if there is none.
    fn pause(
        &mut self,
        error: &Error,
        backoff: &Backoff,
        jitter: &Jitter,
    ) -> Option<Duration> {
        // An answer that we gave up was computed all the same, and may be on
        // the bill. A model that thinks for longer than we wait does it again.
        self.slow += u32::from(was_given_up(error));
        if self.slow > 1 {
            return None;
        }
        let pause = backoff.pause(self.all, error, jitter);
        self.all += 1;
        pause
    }
}

fn was_given_up(error: &Error) -> bool {
    match error.cause {
        Cause::TooSlow(_) => true,
        Cause::TimedOut(_) => error.phase != Phase::Head,
        _ => false,
    }
}

/// Asks models, within the limits of each.
pub struct Asker<L> {
    llm: L,
    settings: Settings,
    /// Providers limit each model by itself.
    budget: Budget,
    fallback_budget: Budget,
    calls: Arc<Semaphore>,
    hedges: Semaphore,
    jitter: Jitter,
    ledger: Ledger,
    report: Report,
}

impl<L: Llm> Asker<L> {
    /// One that has spent nothing yet.
    ///
    /// # Panics
    /// If no call may be under way: it would wait for ever.
    pub fn new(
        llm: L,
        settings: Settings,
        jitter: Jitter,
        report: Report,
    ) -> Self {
        assert!(settings.concurrency > 0, "no call may be under way");
        let (limits, backoff) = (settings.limits, settings.backoff);
        let budget = || {
            Budget::new(limits.requests(), limits.tokens(), backoff.patience)
        };
        Self {
            llm,
            budget: budget(),
            fallback_budget: budget(),
            calls: Arc::new(Semaphore::new(settings.concurrency)),
            hedges: Semaphore::new(settings.hedges),
            settings,
            jitter,
            ledger: Ledger::default(),
            report,
        }
    }

    /// How it asks.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a call can ever be within the budget.
    ///
    /// # Errors
    /// If not.
    pub fn admits(&self, call: &Call) -> Result<(), TooLarge> {
        self.budget(call).admits(call.cost)
    }

    /// What it has cost until now.
    pub fn bill(&self) -> Bill {
        self.ledger.bill(self.settings.price)
    }

    /// Tells what happens.
    pub fn tell(&self, event: &Event) {
        (self.report)(event);
    }

    /// Waits until a call may be made, or until nothing new is to be begun.
    ///
    /// # Errors
    /// If so, or if the model is shut for longer than we wait.
    pub async fn turn(
        &self,
        call: &Call,
        stop: &CancellationToken,
    ) -> Result<Turn, Failed> {
        tokio::select! {
            biased; // a stop that has been asked for comes first
            () = stop.cancelled() => Err(Failed::Stopped),
            turn = self.next_turn(call) => turn.map_err(Failed::Call),
        }
    }

    async fn next_turn(&self, call: &Call) -> Result<Turn, Error> {
        let budget = self.budget(call);
        budget.acquire(call.cost, &self.calls).await.map(Turn)
    }

    /// The model of choice as often as makes sense, and then the other.
    ///
    /// # Errors
    /// If neither answers.
    // ANCHOR: summarise
    pub async fn summarise(
        &self,
        chunk: usize,
        call: &Call,
        turn: Option<Turn>,
        stop: &CancellationToken,
    ) -> Result<String, Failed> {
        let error = match self.asked_again(chunk, call, turn, stop).await {
            Err(Failed::Call(error)) => error,
            answered_or_stopped => return answered_or_stopped,
        };
        let model = self.settings.fallback.as_str();
        if model == call.model || error.remedy() == Remedy::TellHuman {
            return Err(Failed::Call(error));
        }
        let error = &error;
        self.tell(&Event::FellBack {
            chunk,
            error,
            model,
        });
        self.asked_again(chunk, &call.to(model), None, stop).await
    }
    // ANCHOR_END: summarise

    /// One model, asked again while that may help. Each attempt has a turn of
    /// its own; between two of them nothing is held.
    async fn asked_again(
        &self,
        chunk: usize,
        call: &Call,
        mut first: Option<Turn>,
        stop: &CancellationToken,
    ) -> Result<String, Failed> {
        let mut failures = Failures::default();
        loop {
            let turn = match first.take() {
                Some(turn) => turn,
                None => self.turn(call, stop).await?,
            };
            let (model, again) = (call.model.as_str(), failures.all > 0);
            self.tell(&Event::Asked {
                chunk,
                model,
                again,
            });
            let error = match self.attempt(chunk, call, turn, stop).await {
                Ok(summary) => return Ok(summary),
                Err(error) => error,
            };
            let backoff = &self.settings.backoff;
            let pause = failures.pause(&error, backoff, &self.jitter);
            let Some(pause) = pause else {
                return Err(Failed::Call(error));
            };
            let failed = &error;
            self.tell(&Event::Failed {
                chunk,
                error: failed,
            });
            let paused = stop.run_until_cancelled(sleep(pause)).await;
            paused.ok_or(Failed::Stopped)?;
        }
    }

    /// One attempt: within a limit, and with a second call if its first token
    /// is slow to come.
    // ANCHOR: attempt
    async fn attempt(
        &self,
        chunk: usize,
        call: &Call,
        _turn: Turn, // given back when this attempt is over
        stop: &CancellationToken,
    ) -> Result<String, Error> {
        let first = async { Ok((self.ask(call).await?, None)) };
        let second = || self.hedge(chunk, call, stop);
        let answer = async {
            let after = self.settings.hedge_after;
            let (answer, _permit) = hedged(after, first, second).await?;
            let Reply { text, usage } = whole(answer).await?;
            self.ledger.told(&call.model, usage);
            Ok(text)
        };
        let limit = self.settings.attempt_limit;
        let answer = timeout(limit, answer).await;
        answer.unwrap_or_else(|_| Err(Error::head(Cause::TooSlow(limit))))
    }
    // ANCHOR_END: attempt

    /// The second call, if there is room for it now. It is a request like any
    /// other, so the budget pays for it, but after so long a wait it needn't
    /// queue.
    fn hedge(
        &self,
        chunk: usize,
        call: &Call,
        stop: &CancellationToken,
    ) -> Option<
        impl Future<Output = Result<(Answer, Option<SemaphorePermit<'_>>), Error>>,
    > {
        if stop.is_cancelled() {
            return None;
        }
        let permit = self.hedges.try_acquire().ok()?;
        // The budget last: what is taken of it is spent.
        self.budget(call).try_take(call.cost).then_some(())?;
        self.tell(&Event::Hedged { chunk });
        Some(async move { Ok((self.ask(call).await?, Some(permit))) })
    }

    /// One request. It counts, whatever comes of it, and if the provider bans
    /// us, all that share the budget wait.
    async fn ask(&self, call: &Call) -> Result<Answer, Error> {
        self.ledger.asked(&call.model);
        let answer = self.llm.stream(call).await;
        if let Err(error) = &answer {
            let cause = &error.cause;
            if matches!(cause, Cause::Unreachable(_) | Cause::Unsendable(_)) {
                self.ledger.never_sent(&call.model);
            }
            self.mind(call, error);
        }
        answer
    }

    /// A 429 with a time is about the account, and not about this one call.
    fn mind(&self, call: &Call, error: &Error) {
        let Some(refusal) = error.refusal() else {
            return;
        };
        if let (Some(429), Some(pause)) = (refusal.status, refusal.retry_after)
        {
            self.budget(call).close_for(pause, error);
        }
    }

    // ANCHOR: show
    /// An answer that is shown as it comes, once it has begun. Until then it is
    /// asked for as often as makes sense, and then of the other model; once
    /// something was shown, nobody is asked again.
    ///
    /// # Errors
    /// If it doesn't begin.
    pub async fn show(&self, call: &Call) -> Result<Shown, Error> {
        let error = match self.open(call).await {
            Err(error) => error,
            begun => return begun,
        };
        let model = self.settings.fallback.as_str();
        if model == call.model || error.remedy() == Remedy::TellHuman {
            return Err(error);
        }
        let error = &error;
        self.tell(&Event::StoryFellBack { error, model });
        self.open(&call.to(model)).await
    }

    async fn open(&self, call: &Call) -> Result<Shown, Error> {
        let mut failures = Failures::default();
        loop {
            let error = match self.begin(call).await {
                Err(error) => error,
                begun => return begun,
            };
            let backoff = &self.settings.backoff;
            let pause = failures.pause(&error, backoff, &self.jitter);
            let Some(pause) = pause else {
                return Err(error);
            };
            self.tell(&Event::ReductionFailed { error: &error });
            sleep(pause).await;
        }
    }

    async fn begin(&self, call: &Call) -> Result<Shown, Error> {
        let turn = self.next_turn(call).await?;
        let answer = self.ask(call).await?;
        let model = call.model.clone();
        Ok(Shown {
            answer,
            turn,
            model,
        })
    }
    // ANCHOR_END: show

    /// An answer that was shown has told what it cost.
    pub fn cost_of_shown(&self, model: &str, usage: Option<Usage>) {
        self.ledger.told(model, usage);
    }

    /// What pays for a call.
    fn budget(&self, call: &Call) -> &Budget {
        if call.model == self.settings.model {
            &self.budget
        } else {
            &self.fallback_budget
        }
    }
}

impl<L> fmt::Debug for Asker<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
