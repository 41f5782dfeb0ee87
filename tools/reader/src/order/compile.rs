//! Cargo at work for the page: what rustc says, and where the program is.

use crate::order::event::{Diagnostic, Event};
use crate::order::failure::Failure;
use crate::order::progress::Listener;
use runner::process::{Process, Reach};
use runner::reaper::{Reaper, Ward};
use serde_json::Value;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::oneshot;

/// How much cargo may say before it is ended, in bytes. A message of rustc's
/// as JSON is about four times as long as what a terminal shows of it.
const MOST_BYTES: u64 = 1024 * 1024;

/// What came of it.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The program, if there is one.
    pub program: Option<PathBuf>,
    /// What rustc says of it, warnings and errors.
    pub items: Vec<Diagnostic>,
    /// What cargo itself says where it can't even begin.
    said: String,
    messages: u64,
}

/// What cargo is to build.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The package of it.
    pub package: &'w str,
    /// The binary.
    pub bin: &'w str,
    /// How long that package may compile. What it depends on has no limit: it
    /// is not the reader's, and is compiled but once.
    pub limit: Duration,
}

impl Compiled {
    /// Whether rustc refuses the program with the error of this code, perhaps
    /// among others.
    pub fn has_error(&self, code: &str) -> bool {
        let mut codes = self.errors().filter_map(|item| item.code.as_deref());
        codes.any(|known| known == code)
    }

    /// Whether rustc said more than is read of it, and was ended.
    pub fn is_cut(&self) -> bool {
        self.messages > MOST_BYTES
    }

    /// Why there is not more of it, where there is more.
    pub fn cut(&self) -> Option<Failure> {
        let why = || {
            Failure::Cut(format!(
                "rustc said more than {} KiB and was ended: here is how far \
                 it came; fix its first errors",
                MOST_BYTES / 1024
            ))
        };
        self.is_cut().then(why)
    }

    /// What rustc refuses the program for.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter().filter(|item| item.level == "error")
    }
}

/// Runs `command`, a cargo that builds what is wanted and tells of it in JSON,
/// and tells what cargo does meanwhile.
///
/// # Errors
/// If cargo can't be started, can't begin, or takes too long.
pub async fn compile(
    command: Command,
    wanted: Wanted<'_>,
    reaper: &Reaper,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Compiled, Failure> {
    let (own, begun) = oneshot::channel();
    let listener = Listener::new(wanted.package, own, tell);
    let compiled = tokio::select! {
        compiled = cargo(command, wanted.bin, reaper, listener) => compiled?,
        () = over(begun, wanted.limit) => return Err(Failure::Cut(format!(
            "compiling took longer than {} s and was ended: make the program \
             smaller",
            wanted.limit.as_secs()
        ))),
    };
    if compiled.program.is_none() {
        unfinished(&compiled)?;
    }
    Ok(compiled)
}

/// Ends when the program itself has been compiled for this long.
async fn over(begun: oneshot::Receiver<()>, limit: Duration) {
    if begun.await.is_ok() {
        tokio::time::sleep(limit).await;
    } else {
        // Cargo has ended or had nothing to compile.
        std::future::pending::<()>().await;
    }
}

/// Whether there is no program for another reason than what rustc says of it.
fn unfinished(compiled: &Compiled) -> Result<(), Failure> {
    let rendered = compiled.errors().map(|error| &*error.rendered);
    let mut said = rendered.chain([&*compiled.said]);
    if let Some(full) = said.find_map(Failure::of_full_disk) {
        return Err(full);
    }
    if compiled.errors().next().is_none() && !compiled.is_cut() {
        return Err(Failure::Refused(format!(
            "cargo can't build it: {}",
            with_remedy(&compiled.said)
        )));
    }
    Ok(())
}

fn with_remedy(said: &str) -> String {
    let said = said.trim();
    if said.contains("rustc interrupted by SIGSEGV") {
        // What follows is an address after another.
        return "rustc itself crashed on this program: if it is nested deeply, \
                nest it less"
            .to_owned();
    }
    if said.contains("offline") {
        return format!(
            "{said}\nRun `cargo fetch` once in the workbook's folder."
        );
    }
    said.to_owned()
}

/// Starts cargo, with nothing to read and all that it says in pipes, watched as
/// long as the ward is held.
///
/// # Errors
/// If there is no cargo.
pub fn start(
    mut command: Command,
    reaper: &Reaper,
) -> Result<(Process, Ward), Failure> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let process = Process::spawn(command, Reach::Group)
        .map_err(|error| not_started(&error))?;
    let ward = reaper.watch(process.id());
    Ok((process, ward))
}

/// What the system says of a cargo that can't be started, or not be waited for.
pub fn not_started(error: &io::Error) -> Failure {
    Failure::Refused(format!("can't start cargo: {error}"))
}

async fn cargo(
    command: Command,
    bin: &str,
    reaper: &Reaper,
    listener: Listener<'_>,
) -> Result<Compiled, Failure> {
    let (mut process, _ward) = start(command, reaper)?;
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let mut compiled = Compiled::default();
    let ((), said) = tokio::join!(
        messages(stdout, bin, &mut compiled),
        listener.hear(stderr)
    );
    compiled.said = said;
    if !compiled.is_cut() {
        process.wait().await.map_err(|error| not_started(&error))?;
    }
    Ok(compiled)
}

async fn messages(
    stdout: Option<impl AsyncRead + Unpin>,
    bin: &str,
    compiled: &mut Compiled,
) {
    let Some(stdout) = stdout else { return };
    let mut stdout = BufReader::new(stdout.take(MOST_BYTES + 1));
    let mut line = Vec::new();
    while let Ok(read @ 1..) = stdout.read_until(b'\n', &mut line).await {
        compiled.messages += read as u64;
        if let Ok(message) = serde_json::from_slice(&line) {
            hear(&message, bin, compiled);
        }
        line.clear();
    }
}

/// All that comes, up to a limit.
pub async fn read_all(stderr: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(stderr) = stderr {
        // What was read until an error is what there is to say.
        let _ = stderr.take(MOST_BYTES).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes what matters of one message of cargo's:
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html>.
fn hear(message: &Value, bin: &str, compiled: &mut Compiled) {
    match message["reason"].as_str() {
        Some("compiler-artifact") if message["target"]["name"] == bin => {
            let program = message["executable"].as_str();
            compiled.program = program.map(PathBuf::from);
        }
        Some("compiler-message") => {
            let ours = message["target"]["name"] == bin;
            let item = diagnostic(&message["message"]);
            // Of other crates, only what stops this one.
            let item = item.filter(|item| ours || item.level == "error");
            compiled.items.extend(item);
        }
        _ => {}
    }
}

/// A message of rustc's: <https://doc.rust-lang.org/rustc/json.html>. None for
/// those that only count the others.
fn diagnostic(message: &Value) -> Option<Diagnostic> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let level = text(&message["level"])?;
    let level = level.split(':').next().unwrap_or_default().to_owned();
    let code = text(&message["code"]["code"]);
    let span = primary(&message["spans"]);
    let told = text(&message["message"])?;
    let counts = told.starts_with("aborting due to")
        || told.ends_with("warning emitted")
        || told.ends_with("warnings emitted");
    if !matches!(level.as_str(), "error" | "warning") || counts {
        return None;
    }
    let number = |key: &str| span.as_ref()?[key].as_u64();
    Some(Diagnostic {
        level,
        code,
        message: told,
        line: number("line_start"),
        column: number("column_start"),
        end_line: number("line_end"),
        end_column: number("column_end"),
        rendered: text(&message["rendered"]).unwrap_or_default(),
    })
}

/// The place that a message is about; of a macro that was called, the call.
fn primary(spans: &Value) -> Option<Value> {
    let spans = spans.as_array()?;
    let mut span = spans.iter().find(|span| span["is_primary"] == true)?;
    while span["expansion"]["span"].is_object() {
        span = &span["expansion"]["span"];
    }
    Some(span.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(target: &str, level: &str) -> Value {
        let outer = json!({
            "is_primary": true, "line_start": 900, "column_start": 1,
            "line_end": 900, "column_end": 2,
            "expansion": { "span": {
                "line_start": 7, "column_start": 5, "line_end": 7,
                "column_end": 9, "expansion": null,
            }},
        });
        json!({
            "reason": "compiler-message",
            "target": { "name": target },
            "message": {
                "level": level, "code": { "code": "E0728" },
                "message": "not here", "rendered": "error: not here",
                "spans": [{ "is_primary": false }, outer],
            },
        })
    }

    #[test]
    fn a_message_is_placed_where_the_macro_is_called() {
        let mut compiled = Compiled::default();
        hear(&message("tea", "error"), "tea", &mut compiled);
        let item = &compiled.items[0];
        assert_eq!((item.line, item.column), (Some(7), Some(5)));
        assert_eq!((item.end_line, item.end_column), (Some(7), Some(9)));
        assert!(compiled.has_error("E0728"));
        assert!(!compiled.has_error("E0277"));
    }

    #[test]
    fn of_other_crates_only_errors_are_told() {
        let mut compiled = Compiled::default();
        hear(&message("lib", "warning"), "tea", &mut compiled);
        assert!(compiled.items.is_empty());
        hear(&message("lib", "error"), "tea", &mut compiled);
        assert_eq!(compiled.items.len(), 1);
    }

    /// What comes of a cargo that does as this script says, for a package `tea`
    /// that may compile for 300 ms.
    #[cfg(unix)]
    async fn built_by(script: &str) -> Result<Compiled, Failure> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let wanted = Wanted {
            package: "tea",
            bin: "tea",
            limit: Duration::from_millis(300),
        };
        compile(command, wanted, &Reaper::default(), &|_| ()).await
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_program_itself_has_a_limit() {
        let before = "echo '    Blocking waiting for file lock' >&2; sleep 0.4; \
                      echo '   Compiling libc v0.2.1' >&2; sleep 0.4; \
                      echo '   Compiling tea v0.1.0 (/tea)' >&2;";
        let done = r#"echo '{"reason": "compiler-artifact", "target": {"name":
            "tea"}, "executable": "/tea/tea"}' | tr -d '\n'"#;
        let compiled = built_by(&format!("{before} {done}")).await;
        let program = compiled.expect("it is built").program;
        assert_eq!(program, Some("/tea/tea".into()));
        let Err(Failure::Cut(why)) =
            built_by(&format!("{before} sleep 30")).await
        else {
            panic!("it is cut");
        };
        assert!(why.contains("make the program smaller"), "{why}");
    }

    #[test]
    fn a_full_disk_is_no_error_of_the_program() {
        let full = "error: linking with `cc` failed\n  = note: ld: final link \
                    failed: No space left on device";
        let mut compiled = Compiled::default();
        let mut item = message("tea", "error");
        item["message"]["rendered"] = full.into();
        hear(&item, "tea", &mut compiled);
        let Err(Failure::Refused(why)) = unfinished(&compiled) else {
            panic!("it is refused");
        };
        assert!(why.contains("no room on the disk"), "{why}");
        // Nor is what can't be written.
        let unwritten =
            anyhow::anyhow!("No space left on device (os error 28)");
        assert_eq!(Failure::from(unwritten), Failure::Refused(why));
        compiled.items[0].rendered = "error: linking failed".to_owned();
        assert_eq!(unfinished(&compiled), Ok(()));
    }

    #[test]
    fn a_message_that_counts_the_others_is_left_out() {
        let told = "aborting due to 1 previous error";
        let counting = json!({ "level": "error", "message": told });
        assert_eq!(diagnostic(&counting), None);
    }
}
