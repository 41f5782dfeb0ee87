//! skeptic prints all that its programs print, and nothing keeps that from the
//! terminal but another process: this program runs itself again, sends what
//! that prints to a file, and passes on what it says of its trials.

use crate::root;
use libtest_mimic::Arguments;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::Duration;

/// What all programs printed, from the root.
pub const LOG: &str = "target/promises.log";

/// Tells the second process that it is one.
const AGAIN: &str = "WORKBOOK_PROMISES";

/// Whether the terminal is to be spared what the programs print.
pub fn is_wanted(arguments: &Arguments) -> bool {
    std::env::var_os(AGAIN).is_none()
        && !arguments.nocapture
        && !arguments.list
        && arguments.logfile.is_none()
}

/// Runs this program again with the same arguments.
pub fn run_again() -> ExitCode {
    let id = std::process::id();
    let target = root().join("target");
    let printed = root().join(LOG);
    let told = target.join(format!("promises-{id}.txt"));
    let status = fs::create_dir_all(&target)
        .and_then(|()| File::create(&told))
        .and_then(|file| {
            drop(file);
            let mut child = start(&printed, &told)?;
            pass_on(File::open(&told)?, &mut child)?;
            child.wait()
        });
    // It is a scratch file: that it stays does no harm.
    let _ = fs::remove_file(&told);
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        // What is not told by a trial is told there: a panic, say.
        Ok(_) => {
            println!("What the programs printed is in {LOG}");
            ExitCode::from(101)
        }
        Err(error) => {
            println!("the trials can't be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(printed: &Path, told: &Path) -> io::Result<Child> {
    let log = File::create(printed)?;
    Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .arg("--logfile")
        .arg(told)
        .env(AGAIN, "again")
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

/// Says something of the trials, after they have run.
pub fn say(arguments: &Arguments, words: &str) {
    let Some(told) = &arguments.logfile else {
        println!("{words}\n");
        return;
    };
    let file = File::options().append(true).open(told);
    // Where nobody reads it, nobody misses it.
    let _ = file.and_then(|mut file| writeln!(file, "{words}\n"));
}

/// Prints what comes into the file until the process has ended.
fn pass_on(mut told: File, child: &mut Child) -> io::Result<()> {
    let mut out = io::stdout();
    loop {
        let over = child.try_wait()?.is_some();
        let mut text = Vec::new();
        told.read_to_end(&mut text)?;
        out.write_all(&text)?;
        out.flush()?;
        if over {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
}
