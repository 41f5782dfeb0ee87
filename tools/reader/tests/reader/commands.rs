//! The workbook's command, as a reader uses it, on a copy of its first chapter.

use futures::StreamExt;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than the server waits after a change, and builds.
const REST: Duration = Duration::from_millis(900);

fn workbook(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
    command.arg("--root").arg(root).stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the workbook can be started")
}

#[track_caller]
fn fails_with(command: &mut Command, words: &str) {
    let output = output(command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it succeeds");
    assert!(said.contains(words), "\"{words}\" is not in: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// A workbook of the first chapter alone, which is built in no time.
fn copy() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = TempDir::new().expect("a folder");
    let chapter = "src/ch01-two-kitchens.md";
    for part in [
        "book.toml",
        "tools/book/page",
        "listings/ch01-two-kitchens",
        chapter,
    ] {
        copy_all(&root.join(part), &dir.path().join(part));
    }
    // What it says of another chapter would be dead.
    let file = dir.path().join(chapter);
    let text = fs::read_to_string(&file).expect("it was copied");
    let of_another = |line: &&str| {
        line.contains("](ch0")
            || line.contains("](ch1")
            || line.contains(" batch/")
    };
    let kept: Vec<&str> =
        text.lines().filter(|line| !of_another(line)).collect();
    fs::write(&file, kept.join("\n") + "\n")
        .and_then(|()| {
            let summary = "- [Two kitchens](ch01-two-kitchens.md)\n";
            fs::write(dir.path().join("src/SUMMARY.md"), summary)
        })
        .expect("it can be written");
    dir
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        let dir = to.parent().expect("a file has a folder");
        fs::create_dir_all(dir).expect("it can be made");
        fs::copy(from, to).expect("it can be copied");
        return;
    }
    for entry in fs::read_dir(from).expect("it can be read") {
        let name = entry.expect("it can be read").file_name();
        copy_all(&from.join(&name), &to.join(&name));
    }
}

#[test]
fn help_tells_every_command() {
    let help = output(workbook(Path::new(".")).arg("--help"));
    let said = String::from_utf8_lossy(&help.stdout);
    for word in ["build", "lessons", "record", "--no-open", "--port"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    for command in ["build", "lessons", "record"] {
        let help = output(workbook(Path::new(".")).args([command, "--help"]));
        assert!(help.status.success());
    }
}

#[test]
fn a_folder_without_a_workbook_is_refused() {
    let dir = TempDir::new().expect("a folder");
    fails_with(workbook(dir.path()).arg("build"), "has no book.toml");
}

#[test]
fn a_build_is_the_whole_site() {
    let dir = copy();
    let out = dir.path().join("site");
    let done = output(workbook(dir.path()).args(["build", "--out"]).arg(&out));
    assert!(done.status.success(), "{done:?}");
    let page = fs::read_to_string(out.join("ch01-two-kitchens.html"));
    let page = page.expect("the chapter is built");
    assert!(page.contains("breakfast-wrong-way"));
    assert!(!page.contains("{{#"), "a directive is left over");
    assert!(!page.contains("reload"), "a static page has no server");
    // A second build takes the place of the first.
    let again = output(workbook(dir.path()).args(["build", "--out"]).arg(&out));
    assert!(again.status.success(), "{again:?}");
}

#[test]
fn a_site_links_to_handouts_that_are_newer_than_their_chapters() {
    let dir = copy();
    let root = dir.path();
    let out = root.join("site");
    let build = || {
        output(workbook(root).arg("build").arg("--out").arg(&out));
        fs::read_to_string(out.join("ch01-two-kitchens.html")).expect("a page")
    };
    let link = "<a href=\"handouts/ch01-two-kitchens.pdf\">";
    assert!(!build().contains("handouts/"));
    let pdf = root.join("target/handouts/ch01-two-kitchens.pdf");
    copy_all(&root.join("book.toml"), &pdf);
    assert!(build().contains(link));
    assert!(out.join("handouts/ch01-two-kitchens.pdf").is_file());
    let listing = "listings/ch01-two-kitchens/breakfast/src/right_way.rs";
    let later = SystemTime::now() + Duration::from_secs(10);
    let listing = fs::File::options().append(true).open(root.join(listing));
    let set = listing.and_then(|listing| listing.set_modified(later));
    set.expect("it can be touched");
    assert!(!build().contains("handouts/"));
}

#[test]
fn a_build_never_empties_a_folder_of_other_things() {
    let dir = copy();
    let out = dir.path().join("mine");
    fs::create_dir(&out).expect("it can be made");
    fs::write(out.join("thesis.txt"), "x").expect("it can be written");
    let build = |out: &Path| {
        let mut command = workbook(dir.path());
        command.args(["build", "--out"]).arg(out);
        command
    };
    fails_with(&mut build(&out), "that folder holds other things");
    fails_with(&mut build(dir.path()), "that holds the workbook itself");
    assert!(out.join("thesis.txt").exists());
}

#[test]
fn a_faulty_book_is_told_with_its_line_and_not_built() {
    let dir = copy();
    let chapter = dir.path().join("src/ch01-two-kitchens.md");
    let text = fs::read_to_string(&chapter).expect("it is there");
    fs::write(&chapter, format!("It took 9 s.\n{text}")).expect("writable");
    let words = "src/ch01-two-kitchens.md:1: \"9 s\" is typed into prose";
    fails_with(workbook(dir.path()).arg("build"), words);
}

#[test]
fn lessons_are_listed_for_people_and_as_json() {
    let dir = copy();
    let list = output(workbook(dir.path()).arg("lessons"));
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert!(list.contains("breakfast-wrong-way"), "{list}");
    let json = output(workbook(dir.path()).args(["lessons", "--json"]));
    let json = String::from_utf8_lossy(&json.stdout).into_owned();
    let objects: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    assert_eq!(objects.len(), list.lines().count());
    let breakfast = &objects[0];
    assert_eq!(breakfast["lesson"], "breakfast");
    assert_eq!(breakfast["way"], "wrong_way");
    assert_eq!(breakfast["notebook_cells"], serde_json::json!([1]));
    for key in ["chapter", "kind", "bin", "took_s", "claims"] {
        assert!(!breakfast[key].is_null(), "{key}");
    }
}

#[test]
fn an_unknown_lesson_is_not_recorded() {
    let dir = copy();
    fails_with(
        workbook(dir.path()).args(["record", "dinner"]),
        "there is no lesson `dinner`; there are: breakfast,",
    );
}

#[test]
fn a_port_that_is_taken_is_told() {
    let dir = copy();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it has one").port().to_string();
    let words = format!("port {port} is taken");
    let mut command = workbook(dir.path());
    command.args(["--no-open", "--port", &port]);
    fails_with(&mut command, &words);
}

/// A workbook being served, ended with the test.
struct Served {
    child: Child,
    /// Open, so that it can go on printing.
    _lines: BufReader<ChildStdout>,
    host: String,
}

impl Served {
    fn start(root: &Path) -> Self {
        let mut child = workbook(root)
            .args(["--no-open", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout);
        let line = line_with(&mut lines, "http://");
        let host = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("http://")?.split('/').next());
        let host = host.expect("it tells its URL").to_owned();
        Self {
            child,
            _lines: lines,
            host,
        }
    }

    /// Waits as a page does that was just loaded.
    async fn wait_for_news(&self) -> Socket {
        let page = self.get(CHAPTER).expect("it answers");
        let hash = page.split("name=\"workbook-page\" content=\"").nth(1);
        let hash = hash.expect("the page waits for changes")[..16].to_owned();
        let host = &self.host;
        let url =
            format!("ws://{host}/__livereload?path={CHAPTER}&hash={hash}");
        let connected = tokio_tungstenite::connect_async(&url).await;
        connected.expect("a page can wait").0
    }

    fn get(&self, path: &str) -> io::Result<String> {
        use io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let host = &self.host;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// The next line with these words.
fn line_with(lines: &mut impl BufRead, words: &str) -> String {
    let mut line = String::new();
    while lines.read_line(&mut line).expect("it can be read") > 0 {
        if line.contains(words) {
            return line;
        }
        line.clear();
    }
    panic!("it ended before it said \"{words}\"");
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The page that tests look at.
const CHAPTER: &str = "/ch01-two-kitchens.html";

#[tokio::test]
async fn a_change_reaches_the_reader_and_a_fault_is_told() {
    let dir = copy();
    let served = Served::start(dir.path());
    let page = || served.get(CHAPTER).expect("it answers");
    assert!(page().starts_with("HTTP/1.1 200"), "{}", page());

    let mut waiting = served.wait_for_news().await;
    let chapter = dir.path().join("src/ch01-two-kitchens.md");
    let text = fs::read_to_string(&chapter).expect("it is there");
    let sound = format!("{text}\nThe kettle whistles.\n");
    fs::write(&chapter, &sound).expect("it can be written");
    assert_eq!(news(&mut waiting, PATIENCE).await, CHANGED);
    assert!(page().contains("The kettle whistles."));

    // To read the files for a build is no change to build for.
    let mut waiting = served.wait_for_news().await;
    assert_eq!(news(&mut waiting, REST).await, "", "it builds for ever");

    fs::write(&chapter, format!("{sound}\nIt took 9 s.\n")).expect("writable");
    let fault = news(&mut waiting, PATIENCE).await;
    let words = "{\"event\":\"fault\",\"why\":\"src/ch01-two-kitchens.md:";
    assert!(fault.starts_with(words), "{fault}");
    assert!(fault.contains("is typed into prose"), "{fault}");
    assert!(
        page().contains("The kettle whistles."),
        "the last sound book"
    );
    // A page that is loaded now hears of it, too.
    let mut later = served.wait_for_news().await;
    assert_eq!(news(&mut later, PATIENCE).await, fault);

    fs::write(&chapter, &sound).expect("it can be written");
    for waiting in [&mut waiting, &mut later] {
        assert_eq!(news(waiting, PATIENCE).await, "{\"event\":\"sound\"}");
    }
    fs::write(&chapter, &text).expect("it can be written");
    assert_eq!(news(&mut waiting, PATIENCE).await, CHANGED);
}

#[test]
fn a_wrong_address_of_any_depth_leads_back() {
    let dir = copy();
    let served = Served::start(dir.path());
    let missing = served.get("/no/such-page.html").expect("it answers");
    assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
    assert!(missing.contains("href=\"/index.html\""), "{missing}");
}

#[tokio::test]
async fn a_changed_listing_and_a_changed_transcript_reach_the_reader() {
    let dir = copy();
    let served = Served::start(dir.path());
    let lesson = dir.path().join("listings/ch01-two-kitchens/breakfast");
    let changes = [
        (
            "src/right_way.rs",
            "One await for all three",
            "All three at once",
        ),
        (
            "transcripts/right_way.txt",
            "Served coffee",
            "It is served: coffee",
        ),
    ];
    for (file, old, new) in changes {
        let file = lesson.join(file);
        let mut waiting = served.wait_for_news().await;
        let text = fs::read_to_string(&file).expect("it is there");
        fs::write(&file, text.replace(old, new)).expect("it can be written");
        assert_eq!(news(&mut waiting, PATIENCE).await, CHANGED, "{new}");
        let page = served.get(CHAPTER).expect("it answers");
        assert!(page.contains(new), "{new}");
    }
}

/// What a page is told that is not as new as the book.
const CHANGED: &str = "{\"event\":\"changed\"}";

type Socket = tokio_tungstenite::WebSocketStream<
    tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>,
>;

/// What the server tells a page within `limit`, if anything.
async fn news(socket: &mut Socket, limit: Duration) -> String {
    let Ok(message) = tokio::time::timeout(limit, socket.next()).await else {
        return String::new();
    };
    match message.expect("it is open").expect("it is sound") {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

/// A workbook of one lesson that hangs, and says under which number.
#[cfg(unix)]
fn hanging() -> TempDir {
    let dir = TempDir::new().expect("a folder");
    let write = |path: &str, text: &str| {
        let path: PathBuf = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one"))
            .and_then(|()| fs::write(path, text))
            .expect("it can be written");
    };
    let lesson = "listings/ch01-a/hang";
    write("book.toml", "[book]\ntitle = \"x\"\n");
    write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"listings/*/*\"]\nresolver = \"3\"\n",
    );
    write(
        &format!("{lesson}/Cargo.toml"),
        "[package]\nname = \"hang\"\nedition = \"2024\"\nautobins = false\n\
         [[bin]]\nname = \"hang-wrong-way\"\npath = \"src/wrong_way.rs\"\n",
    );
    write(
        &format!("{lesson}/lesson.toml"),
        "title = \"x\"\n[wrong_way]\nkind = \"hang\"\nkill_after_s = 50\n",
    );
    write(
        &format!("{lesson}/src/wrong_way.rs"),
        "fn main() {\n    std::fs::write(\"pid\", \
         std::process::id().to_string()).unwrap();\n    \
         loop { std::thread::park(); }\n}\n",
    );
    dir
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_process_behind() {
    let dir = hanging();
    let mut recording = workbook(dir.path())
        .arg("record")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started");
    let pid = wait_for(|| {
        let text = fs::read_to_string(dir.path().join("pid")).ok()?;
        text.parse::<u32>().ok()
    });
    assert!(is_alive(pid));
    // To the workbook alone, not to the group as a terminal would.
    signal("-INT", recording.id());
    let status = recording.wait().expect("it ends");
    assert!(!status.success());
    wait_for(|| (!is_alive(pid)).then_some(()));
}

#[cfg(unix)]
fn signal(name: &str, pid: u32) -> bool {
    let done = Command::new("kill")
        .args([name, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    done.expect("kill is there").success()
}

#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    signal("-0", pid)
}

#[cfg(unix)]
fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_script_with_a_fault_is_told_with_its_place() {
    let dir = TempDir::new().expect("a folder");
    let script = dir.path().join("script.toml");
    fs::write(&script, "[[model]]\nname = \"m\"\nlatency = 3\n")
        .expect("there");
    let mut command = workbook(dir.path());
    command
        .args(["llm-server", "--port", "0", "--script"])
        .arg(&script);
    fails_with(&mut command, "script.toml:3:1: unknown field `latency`");
    let mut command = workbook(dir.path());
    command.args(["llm-server", "--script", "no-such.toml"]);
    fails_with(&mut command, "can't read no-such.toml");
    let mut command = workbook(dir.path());
    command.args(["llm-server", "--port", "0", "--api-key-env", "NO_SUCH_KEY"]);
    fails_with(&mut command, "NO_SUCH_KEY has no key");
}

#[test]
fn an_llm_server_needs_a_free_port() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it has one").port().to_string();
    let dir = TempDir::new().expect("a folder");
    let mut command = workbook(dir.path());
    command.args(["llm-server", "--port", &port]);
    fails_with(&mut command, &format!("port {port} is in use"));
}

/// Asks the scripted server for a completion, with this key.
#[cfg(unix)]
fn complete(address: &str, key: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let body =
        r#"{"model":"small","messages":[{"role":"user","content":"Hi"}]}"#;
    let length = body.len();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {key}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[cfg(unix)]
#[test]
fn an_llm_server_answers_and_says_at_its_end_what_came() {
    use std::io::Read;

    let dir = TempDir::new().expect("a folder");
    let mut server = workbook(dir.path())
        .args(["llm-server", "--port", "0", "--api-key-env", "LLM_KEY"])
        .env("LLM_KEY", "sk-quiet")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the workbook can be started");
    let mut out = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut told = String::new();
    while !told.contains("Ctrl-C") {
        assert!(out.read_line(&mut told).expect("text") > 0, "{told}");
    }
    assert!(told.contains("WORKBOOK_MODEL=small"), "{told}");
    let (_, url) = told.split_once("OPENAI_BASE_URL=http://").expect("one");
    let (address, _) = url.split_once("/v1\n").expect("it ends");
    let answer = complete(address, "sk-quiet");
    assert!(answer.contains(r#""content":"Hi""#), "{answer}");
    assert!(complete(address, "sk-loud").contains("401 Unauthorized"));
    assert!(signal("-INT", server.id()), "it lives");
    out.read_to_string(&mut told).expect("text");
    assert!(told.contains("2 requests (1 × 200, 1 × 401)"), "{told}");
    assert!(!told.contains("sk-"), "keys are not printed: {told}");
    assert!(server.wait().expect("it ends").success());
}
