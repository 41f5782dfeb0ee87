//! What it cost, as far as the provider told.

use llm_client::Usage;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

/// Dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// That are read.
    pub input: f64,
    /// That are written.
    pub output: f64,
}

/// The accounts of all models.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<BTreeMap<String, Account>>);

/// What one model was asked, and what it told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// How many requests it was sent.
    pub requests: u64,
    /// How many of them told what they cost. A call that was dropped, refused
    /// or broken off doesn't tell, and may be on the bill all the same.
    pub told: u64,
    /// Tokens that were read.
    pub input: u64,
    /// Tokens that were written.
    pub output: u64,
}

impl Ledger {
    /// A request goes out.
    pub fn asked(&self, model: &str) {
        self.account(model, |account| account.requests += 1);
    }

    /// It never left: there was no connection, so it is on no bill.
    pub fn never_sent(&self, model: &str) {
        self.account(model, |account| account.requests -= 1);
    }

    /// Its answer is whole.
    pub fn told(&self, model: &str, usage: Option<Usage>) {
        let Some(usage) = usage else { return };
        self.account(model, |account| {
            account.told += 1;
            // A server may say any number.
            let (input, output) =
                (usage.prompt_tokens, usage.completion_tokens);
            account.input = account.input.saturating_add(input);
            account.output = account.output.saturating_add(output);
        });
    }

    fn account(&self, model: &str, change: impl FnOnce(&mut Account)) {
        let mut accounts = self.0.lock().expect("no panic within");
        change(accounts.entry(model.to_owned()).or_default());
    }

    /// What it came to until now.
    ///
    /// # Panics
    /// If another thread panicked in here.
    #[must_use]
    pub fn bill(&self, price: Option<Price>) -> Bill {
        let accounts = self.0.lock().expect("no panic within").clone();
        Bill { accounts, price }
    }
}

/// What it came to, in one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill {
    /// By model.
    pub accounts: BTreeMap<String, Account>,
    /// Of all models alike, if it is known.
    pub price: Option<Price>,
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut input, mut output, mut silent) = (0_u64, 0_u64, 0);
        for (model, account) in &self.accounts {
            write!(f, "{model} read {} tokens", account.input)?;
            write!(f, " and wrote {}; ", account.output)?;
            input = input.saturating_add(account.input);
            output = output.saturating_add(account.output);
            silent += account.requests - account.told;
        }
        write!(f, "{silent} requests told no cost")?;
        let Some(price) = self.price else {
            return Ok(());
        };
        #[expect(clippy::cast_precision_loss, reason = "it is for people")]
        let dollars =
            (input as f64 * price.input + output as f64 * price.output) / 1e6;
        write!(f, "; about {dollars:.4} $")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_added_and_what_was_not_is_counted() {
        let ledger = Ledger::default();
        let usage = |prompt_tokens, completion_tokens| {
            Some(Usage {
                prompt_tokens,
                completion_tokens,
            })
        };
        for _ in 0..3 {
            ledger.asked("mini");
        }
        ledger.told("mini", usage(1_000_000, 10));
        ledger.told("mini", None);
        ledger.asked("large");
        ledger.told("large", usage(500_000, 20));
        let bill = ledger.bill(Some(Price {
            input: 0.5,
            output: 1.0,
        }));
        assert_eq!(
            bill.to_string(),
            "large read 500000 tokens and wrote 20; mini read 1000000 tokens \
             and wrote 10; 2 requests told no cost; about 0.7500 $"
        );
        let unpriced = ledger.bill(None).to_string();
        assert!(unpriced.ends_with("2 requests told no cost"), "{unpriced}");
    }

    #[test]
    fn a_number_that_no_answer_has_breaks_nothing() {
        let ledger = Ledger::default();
        let usage = Usage {
            prompt_tokens: u64::MAX,
            completion_tokens: u64::MAX,
        };
        for model in ["mini", "mini", "large"] {
            ledger.asked(model);
            ledger.told(model, Some(usage));
        }
        let said = ledger.bill(None).to_string();
        assert!(said.ends_with("0 requests told no cost"), "{said}");
    }

    #[test]
    fn what_never_left_is_not_counted() {
        let ledger = Ledger::default();
        ledger.asked("mini");
        ledger.asked("mini");
        ledger.never_sent("mini");
        let said = ledger.bill(None).to_string();
        assert!(said.ends_with("1 requests told no cost"), "{said}");
    }
}
