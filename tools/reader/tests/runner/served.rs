//! A small workbook, its server, and a client that speaks HTTP by hand, so that
//! it can say what a browser would not.

use lessons::source::Source;
use lessons::transcript::{End, Line, Transcript};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Prints two lines, a while apart, and holds that.
pub const GREET: &str = r#"//! Greets.
use std::time::{Duration, Instant};

pub fn main() {
    let start = Instant::now();
    println!("hello");
    std::thread::sleep(Duration::from_millis(300));
    println!("bye");
    assert!(start.elapsed() >= Duration::from_millis(300), "it waits");
}

#[cfg(test)]
mod tests {
    /// Greetings are short.
    #[test]
    fn greetings_are_short() {
        assert_eq!("hello".len(), 5);
    }
}
"#;

/// Says its number and never ends.
pub const STUCK: &str = r#"//! Hangs.
pub fn main() {
    println!("{}", std::process::id());
    loop { std::thread::park(); }
}
"#;

pub const BROKEN: &str =
    "//! Of two types.\nfn main() {\n    let _: u8 = \"\";\n}\n";

/// A workbook with a lesson `greet` in each of five chapters, and in the first
/// one that hangs and one that does not compile.
pub struct Workbook {
    pub dir: TempDir,
}

impl Workbook {
    pub fn new() -> Self {
        let book = Self {
            dir: TempDir::new().expect("a folder"),
        };
        book.write("book.toml", "[book]\ntitle = \"x\"\n");
        book.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"listings/*/*\"]\nresolver = \"3\"\n",
        );
        let mut summary = String::new();
        for chapter in 1..=5 {
            let name = format!("ch0{chapter}-a");
            let mut text = format!("# {name}\n");
            let mut add = |lesson: &str, way: &str, toml: &str, code: &str| {
                book.lesson(&name, lesson, way, toml, code);
                text += &format!("\n{{{{#listing {lesson}/{way}}}}}\n");
            };
            let greet = format!("greet-{chapter}");
            add(&greet, "right_way", "", GREET);
            if chapter == 1 {
                let hang = "kind = \"hang\"\nkill_after_s = 0.4\n";
                add("stuck", "wrong_way", hang, STUCK);
                let error = "kind = \"compile error\"\nerror = \"E0308\"\n";
                add("broken", "wrong_way", error, BROKEN);
            }
            book.write(&format!("src/{name}.md"), &text);
            summary += &format!("- [{name}]({name}.md)\n");
        }
        book.write("src/SUMMARY.md", &summary);
        book
    }

    pub fn write(&self, path: &str, text: &str) {
        let path: PathBuf = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one"))
            .and_then(|()| fs::write(path, text))
            .expect("it can be written");
    }

    fn lesson(
        &self,
        chapter: &str,
        name: &str,
        way: &str,
        toml: &str,
        code: &str,
    ) {
        let dir = format!("listings/{chapter}/{name}");
        let bin = format!("{name}-{}", way.replace('_', "-"));
        let broken = toml.contains("compile error");
        let feature = if broken {
            "required-features = [\"compile-error\"]\n\
             [features]\ncompile-error = []\n"
        } else {
            ""
        };
        self.write(
            &format!("{dir}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\
                 autobins = false\n[[bin]]\nname = \"{bin}\"\n\
                 path = \"src/{way}.rs\"\n{feature}"
            ),
        );
        self.write(
            &format!("{dir}/lesson.toml"),
            &format!("title = \"{name}\"\n[{way}]\n{toml}"),
        );
        self.write(&format!("{dir}/src/{way}.rs"), code);
        if broken {
            self.write(&format!("{dir}/src/{way}.stderr"), "error[E0308]: x\n");
        } else {
            let text = recorded(code).to_file();
            self.write(&format!("{dir}/transcripts/{way}.txt"), &text);
        }
    }

    /// What is left of edited programs.
    pub fn left(&self) -> Vec<PathBuf> {
        let target = self.dir.path().join("target");
        let mut left = Vec::new();
        let folders = ["debug", "debug/deps", "debug/.fingerprint"];
        for folder in folders.into_iter().chain(["debug/incremental"]) {
            left.extend(entries(&target.join(folder)).filter(|path| {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().starts_with("scratch")
            }));
        }
        for path in entries(&target.join("scratch")) {
            left.extend(entries(&path));
        }
        left
    }
}

pub fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// What a listing of the workbook does, as if it had been recorded.
pub fn recorded(code: &str) -> Transcript {
    let line = |at, text: &str| Line {
        at,
        text: text.to_owned(),
    };
    let hangs = code == STUCK;
    Transcript {
        program: Source::new(code).fingerprint(),
        lines: if hangs {
            vec![line(0.0, "4711")]
        } else {
            vec![line(0.001, "hello"), line(0.302, "bye")]
        },
        took: if hangs { 0.4 } else { 0.303 },
        end: if hangs { End::Killed } else { End::Exit(0) },
    }
}

/// A workbook being served, ended with the test.
pub struct Served {
    pub child: Child,
    /// Open, so that it can go on printing.
    _lines: BufReader<ChildStdout>,
    /// With its port.
    pub host: String,
    /// Of this start.
    pub token: String,
}

impl Served {
    pub fn start(book: &Workbook, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_workbook"))
            .arg("--root")
            .arg(book.dir.path())
            .args(["--no-open", "--port", "0"])
            .args(more)
            .env_remove("CARGO_TARGET_DIR")
            .env("MY_API_KEY", "sk-secret")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout);
        let mut said = String::new();
        while !said.contains("http://") {
            said.clear();
            let read = lines.read_line(&mut said).expect("it can be read");
            assert!(read > 0, "it ended before it was up");
        }
        let url = said
            .split_whitespace()
            .find_map(|it| it.strip_prefix("http://"));
        let mut served = Self {
            child,
            _lines: lines,
            host: url.expect("it tells its URL").to_owned(),
            token: String::new(),
        };
        let page = served.raw(&served.head("GET", "/ch01-a.html", &[]), b"").1;
        let meta = page.split("name=\"workbook-token\" content=\"").nth(1);
        let meta = meta.expect("the page has a token");
        meta[..32].clone_into(&mut served.token);
        served
    }

    pub fn head(&self, method: &str, path: &str, headers: &[&str]) -> String {
        let host = &self.host;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        );
        for header in headers {
            head += &format!("{header}\r\n");
        }
        head
    }

    /// Sends a head and a body, and gives the status and all of the answer.
    pub fn raw(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut answer = Vec::new();
        let mut stream = self.send(head, body);
        // A server that refuses early may close early.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.get(9..12).and_then(|it| it.parse().ok());
        (status.unwrap_or_default(), answer)
    }

    fn send(&self, head: &str, body: &[u8]) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is open");
        let length = body.len();
        let head = format!("{head}Content-Length: {length}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body);
        BufReader::new(stream)
    }

    /// The head of a request that is in order.
    pub fn order(&self, path: &str) -> String {
        let token = format!("workbook-token: {}", self.token);
        let headers = ["Content-Type: application/json", &token];
        self.head("POST", path, &headers)
    }

    /// The head with which a page waits to be loaded anew.
    pub fn socket(&self) -> String {
        let headers = [
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        self.head("GET", "/__livereload", &headers)
            .replace("Connection: close", "Connection: upgrade, close")
    }

    /// Orders something and gives what is told of it.
    pub fn post(&self, path: &str, body: &Value) -> Stream {
        let body = body.to_string();
        let lines = self.send(&self.order(path), body.as_bytes());
        Stream { lines }
    }

    /// Runs the first lesson's program, edited.
    pub fn edited(&self, source: &str) -> Vec<Value> {
        let order = json!({ "listing": "greet-1/right_way", "source": source });
        self.post("/api/run", &order).all()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The events of a run, as they come.
pub struct Stream {
    lines: BufReader<TcpStream>,
}

impl Stream {
    /// The next event. The lines of HTTP's own between them are no JSON.
    pub fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("it can be read") > 0 {
            if line.starts_with('{') {
                return Some(serde_json::from_str(&line).expect("JSON"));
            }
            line.clear();
        }
        None
    }

    pub fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next();
            let event = event.unwrap_or_else(|| panic!("there is no {kind}"));
            if event["event"] == kind {
                return event;
            }
        }
    }

    pub fn all(mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

#[track_caller]
pub fn ends_with<'e>(events: &'e [Value], kind: &str, why: &str) -> &'e Value {
    let last = events.last().expect("there are events");
    let said = last["why"].as_str().unwrap_or_default();
    assert!(last["event"] == kind && said.contains(why), "{events:#?}");
    last
}

pub fn of<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events.iter().filter(|it| it["event"] == kind).collect()
}

/// The number that a program printed in its line of this place.
pub fn number(events: &[Value], place: usize) -> u32 {
    let text = of(events, "line")[place]["text"].as_str();
    text.and_then(|it| it.parse().ok()).expect("a number")
}

pub fn wait_for(mut ready: impl FnMut() -> bool, what: &str) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process runs; one that ended and was not waited for does not.
pub fn is_alive(pid: u32) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .expect("ps is there");
    let state = String::from_utf8_lossy(&state.stdout).into_owned();
    !state.trim().is_empty() && !state.starts_with('Z')
}

pub fn is_gone(pid: u32) {
    wait_for(|| !is_alive(pid), "a process is left behind");
}
