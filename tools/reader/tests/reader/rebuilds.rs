//! The book is built again while it is read.

use crate::client::Served;
use crate::served::{ServedWorkbook, entries, wait_for};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn page(served: &Served, chapter: u8) -> (u16, String) {
    served.page(&format!("/ch0{chapter}-a.html"), &served.cookie())
}

/// Changes the first chapter, and waits until that is served.
fn rebuild(book: &ServedWorkbook, served: &Served, words: &str) {
    let file = book.root().join("src/ch01-a.md");
    let text = fs::read_to_string(&file).expect("it is there");
    let kept = text.split("\n---\n").next().expect("it has a beginning");
    fs::write(&file, format!("{kept}\n---\n\n{words}\n")).expect("writable");
    wait_for(|| page(served, 1).1.contains(words), "it is never built");
}

/// The hash by which a page knows whether it is as new as the book.
fn hash(page: &str) -> &str {
    let meta = page.split("name=\"workbook-page\" content=\"").nth(1);
    &meta.expect("the page has one")[..16]
}

/// The folders of builds.
fn builds(book: &ServedWorkbook, served: &Served) -> Vec<PathBuf> {
    let folder = book.root().join("target/site").join(served.port());
    entries(&folder).collect()
}

/// The path of the style sheet that a page names.
fn style(page: &str) -> String {
    let style = page.split("href=\"book-").nth(1).expect("it has one");
    let name = style.split('"').next().expect("it ends");
    format!("/book-{name}")
}

/// Says that it is done when this is dropped.
struct Done<'d>(&'d AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn no_page_is_ever_missing_while_the_book_is_built() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let done = AtomicBool::new(false);
    let hammer = || {
        let mut statuses = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let (status, first) = page(&served, 1);
            statuses.push(status);
            statuses.push(served.page(&style(&first), "Accept: */*").0);
            // Others need the machine, too.
            thread::sleep(Duration::from_millis(5));
        }
        statuses
    };
    let statuses = thread::scope(|scope| {
        let clients = [scope.spawn(hammer), scope.spawn(hammer)];
        // They end even if a build does not come.
        let end = Done(&done);
        for time in 1..=5 {
            rebuild(&book, &served, &format!("This is build {time}."));
            // Now, before, and one under way.
            let are_few = || builds(&book, &served).len() <= 3;
            wait_for(are_few, "old builds are left");
        }
        drop(end);
        clients.map(|client| client.join().expect("it does not panic"))
    });
    let statuses = statuses.concat();
    let missing = statuses.iter().filter(|status| **status != 200).count();
    println!("{missing} of {} requests failed", statuses.len());
    assert!(statuses.len() > 100, "{}", statuses.len());
    assert_eq!(missing, 0, "of {}", statuses.len());
}

#[test]
fn a_page_of_the_build_before_finds_what_it_is_made_of() {
    let book = ServedWorkbook::new();
    let sheet = "tools/book/page/x.css";
    let html = format!("[output.html]\nadditional-css = [\"{sheet}\"]\n");
    book.write("book.toml", &format!("[book]\ntitle = \"x\"\n{html}"));
    book.write(sheet, "p { color: red }");
    let served = book.serve(&[]);
    let old = style(&page(&served, 1).1);
    book.write(sheet, "p { color: blue }");
    let is_new = || style(&page(&served, 1).1) != old;
    wait_for(is_new, "it is never built");
    let (status, sheet) = served.page(&old, "Accept: */*");
    assert_eq!(status, 200);
    assert!(sheet.contains("red"), "{sheet}");
}

#[test]
fn a_page_that_did_not_change_is_not_loaded_again() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let (first, second) = (page(&served, 1).1, page(&served, 2).1);
    rebuild(
        &book,
        &served,
        "Of a word that no other page has: xylophone.",
    );
    assert_ne!(hash(&page(&served, 1).1), hash(&first));
    let again = page(&served, 2).1;
    assert_eq!(hash(&again), hash(&second));
    // Though the search knows of it, which a page asks for by another name.
    let index = |page: &str| {
        let found = page.split("searchindex-").nth(1).expect("it searches");
        let name = found.split(".js").next().expect("it ends");
        served.page(&format!("/searchindex-{name}.js"), "Accept: */*")
    };
    let (old, new) = (index(&second), index(&again));
    assert_eq!(old.0, 200);
    assert!(old.1.contains("xylophon"), "{}", old.1);
    assert_eq!(old.1.lines().last(), new.1.lines().last());
}

/// In place of a chapter a pipe, which a build waits for as long as what this
/// gives is held.
#[cfg(target_os = "linux")]
fn stall(book: &ServedWorkbook) -> fs::File {
    use std::os::unix::fs::OpenOptionsExt;
    const O_NONBLOCK: i32 = 0o4000;
    let chapter = book.root().join("src/ch02-a.md");
    // Made elsewhere: mdBook makes a chapter that it misses.
    let made = book.root().join("pipe");
    let status = Command::new("mkfifo").arg(&made).status();
    assert!(status.expect("mkfifo is there").success());
    fs::rename(&made, &chapter).expect("it can be renamed");
    let mut pipe = None;
    let is_read = || {
        // This fails as long as nobody reads it.
        let mut options = fs::OpenOptions::new();
        options.write(true).custom_flags(O_NONBLOCK);
        pipe = options.open(&chapter).ok();
        pipe.is_some()
    };
    wait_for(is_read, "nobody builds");
    pipe.expect("it is open")
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_the_server_while_the_book_is_built() {
    let book = ServedWorkbook::new();
    let mut served = book.serve(&[]);
    let _pipe = stall(&book);
    assert_eq!(page(&served, 2).0, 200, "it serves what it has");
    let pid = served.child.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status();
    assert!(told.expect("kill is there").success());
    let mut status = None;
    let has_ended = || {
        status = served.child.try_wait().expect("it can be asked");
        status.is_some()
    };
    wait_for(has_ended, "it waits for the build");
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
}

#[test]
fn a_server_that_ends_leaves_no_builds() {
    let book = ServedWorkbook::new();
    let mut served = book.serve(&[]);
    let pid = served.child.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status();
    assert!(told.expect("kill is there").success());
    assert!(served.child.wait().expect("it ends").success());
    let site = book.root().join("target/site");
    assert_eq!(entries(&site).count(), 0, "{}", site.display());
    // Nor does one that was killed, once the next one starts.
    let mut killed = book.serve(&[]);
    killed.child.kill().expect("it runs");
    killed.child.wait().expect("it ends");
    assert!(!builds(&book, &killed).is_empty());
    let _next = book.serve(&[]);
    assert_eq!(builds(&book, &killed), [] as [PathBuf; 0]);
}
