//! A workbook being served, and a client that speaks HTTP by hand, so that it
//! can say what a browser would not.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// How long is waited for what must come.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A workbook being served, ended with the test.
pub struct Served {
    pub child: Child,
    /// Open, so that it can go on printing.
    _lines: BufReader<ChildStdout>,
    /// With its port.
    pub host: String,
    /// Of this start, as the terminal has it.
    pub key: String,
    /// Of this start.
    pub token: String,
}

impl Served {
    /// Serves the workbook in the folder `root`.
    pub fn start(root: &Path, more: &[&str]) -> Self {
        let mut command = Self::command(root);
        command.args(["--no-open", "--port", "0"]).args(more);
        Self::spawn(&mut command)
    }

    /// What serves the workbook in the folder `root`.
    pub fn command(root: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command
            .arg("--root")
            .arg(root)
            .env_remove("CARGO_TARGET_DIR")
            .env("MY_API_KEY", "sk-secret");
        command
    }

    /// Starts it, and waits until it is up.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
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
        let url = url.expect("it tells its URL");
        let (host, key) = url.split_once("/?key=").expect("it has a key");
        let mut served = Self {
            child,
            _lines: lines,
            host: host.to_owned(),
            key: key.to_owned(),
            token: String::new(),
        };
        let (_, page) = served.page("/index.html", &served.cookie());
        let token = Self::token(&page).expect("the page has a token");
        token.clone_into(&mut served.token);
        served
    }

    /// The token in a page.
    pub fn token(page: &str) -> Option<&str> {
        let meta = page.split("name=\"workbook-token\" content=\"").nth(1);
        meta?.get(..32)
    }

    pub fn port(&self) -> &str {
        self.host.split(':').nth(1).expect("it has one")
    }

    /// The header by which a browser of the reader's is known.
    pub fn cookie(&self) -> String {
        format!("Cookie: workbook-{}={}", self.port(), self.key)
    }

    /// What a browser with this header reads at `path`.
    pub fn page(&self, path: &str, cookie: &str) -> (u16, String) {
        self.raw(&self.head("GET", path, &[cookie]), b"")
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

    pub fn send(&self, head: &str, body: &[u8]) -> BufReader<TcpStream> {
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
        let cookie = self.cookie();
        let headers = ["Content-Type: application/json", &token, &cookie];
        self.head("POST", path, &headers)
    }

    /// The head with which a page waits to be loaded anew.
    pub fn socket(&self) -> String {
        let headers = [
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        self.head("GET", "/__livereload?path=/index.html&hash=0", &headers)
            .replace("Connection: close", "Connection: upgrade, close")
    }

    /// Orders something and gives what is told of it.
    pub fn post(&self, path: &str, body: &Value) -> Stream {
        let body = body.to_string();
        let lines = self.send(&self.order(path), body.as_bytes());
        Stream { lines }
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
