//! What cargo says on stderr while it works: what it does, for the page, and what
//! is wrong, where it can't go on.

use crate::order::event::Event;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::oneshot;

/// How much of it is read, in bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// One that hears what cargo does.
pub struct Listener<'l> {
    /// The package of the program: what is compiled before it is not its own.
    pub package: &'l str,
    /// Told once that cargo compiles that package.
    pub own: Option<oneshot::Sender<()>>,
    /// Told what the page is to hear.
    pub tell: &'l (dyn Fn(Event) + Sync),
    /// What was told last.
    last: Option<Event>,
}

impl<'l> Listener<'l> {
    /// For a program of this package.
    pub fn new(
        package: &'l str,
        own: oneshot::Sender<()>,
        tell: &'l (dyn Fn(Event) + Sync),
    ) -> Self {
        Self {
            package,
            own: Some(own),
            tell,
            last: None,
        }
    }

    /// Hears all that cargo says, and keeps what is no progress.
    pub async fn hear(
        mut self,
        stderr: Option<impl AsyncRead + Unpin>,
    ) -> String {
        let mut said = String::new();
        let Some(stderr) = stderr else { return said };
        let mut lines = BufReader::new(stderr.take(MOST_BYTES));
        let mut line = Vec::new();
        // What was read until an error is what there is to say.
        while let Ok(1..) = lines.read_until(b'\n', &mut line).await {
            let text = String::from_utf8_lossy(&line);
            match progress(&text) {
                Some((verb, what)) => self.does(verb, what),
                None => said.push_str(&text),
            }
            line.clear();
        }
        said
    }

    fn does(&mut self, verb: &str, what: &str) {
        let name = what.split(' ').next().unwrap_or_default();
        match verb {
            "Blocking" => self.tell(Event::Waiting),
            "Compiling" if name == self.package => {
                if let Some(own) = self.own.take() {
                    // Nobody may wait for it any more.
                    let _ = own.send(());
                }
                if self.last.is_some() {
                    self.tell(Event::Building);
                }
            }
            "Compiling" => self.tell(Event::Compiling {
                name: name.to_owned(),
            }),
            _ => {}
        }
    }

    fn tell(&mut self, event: Event) {
        // One lock after another is one wait.
        if self.last.as_ref() != Some(&event) {
            (self.tell)(event.clone());
        }
        self.last = Some(event);
    }
}

/// The verb and the rest of a line in which cargo says what it does: the verb ends
/// in the twelfth column.
fn progress(line: &str) -> Option<(&str, &str)> {
    let (verb, rest) = line.split_at_checked(12)?;
    let what = rest.strip_prefix(' ')?.trim_end();
    let verb = verb.trim_start();
    let is_verb = verb.starts_with(|first: char| first.is_ascii_uppercase())
        && verb.chars().all(|letter| letter.is_ascii_alphabetic());
    is_verb.then_some((verb, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    const SAID: &str = "    Blocking waiting for file lock on package cache
    Blocking waiting for file lock on build directory
   Compiling libc v0.2.1
   Compiling tea v0.1.0 (/tmp/tea)
    Finished `dev` profile [unoptimized] target(s) in 0.42s
error: failed to select a version for `x`
   ... required by package `tea`
";

    #[tokio::test]
    async fn what_cargo_does_is_told_and_what_is_wrong_is_kept() {
        let told = Mutex::new(Vec::new());
        let tell = |event| told.lock().expect("sound").push(event);
        let (own, mut begun) = oneshot::channel();
        let listener = Listener::new("tea", own, &tell);
        let said = listener.hear(Some(SAID.as_bytes())).await;
        assert_eq!(
            said,
            "error: failed to select a version for `x`\n   ... required by \
             package `tea`\n"
        );
        let name = "libc".to_owned();
        let expected =
            [Event::Waiting, Event::Compiling { name }, Event::Building];
        assert_eq!(*told.lock().expect("sound"), expected);
        assert_eq!(begun.try_recv(), Ok(()));
    }
}
