//! The program as a process: its variables, its words and its status.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    connection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"Well.\"}}]}\n\n\
    data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
    data: [DONE]\n\n";

/// A server that says this to everybody: its address, and how many came.
fn server(says: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let count = Arc::new(AtomicUsize::new(0));
    let came = Arc::clone(&count);
    thread::spawn(move || {
        for connection in listener.incoming() {
            came.fetch_add(1, Ordering::Relaxed);
            // The program may hang up before all is said.
            let _ = connection.and_then(|connection| say(connection, says));
        }
    });
    (format!("http://{address}"), count)
}

/// Its requests are small: they come in one part, or two.
fn say(mut connection: TcpStream, says: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut part = [0; 4096];
        match connection.read(&mut part)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&part[..read]),
        }
    }
    connection.write_all(says.as_bytes())
}

fn program(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_by-hand-right-way"));
    for name in ["OPENAI_BASE_URL", "OPENAI_API_KEY", "WORKBOOK_MODEL"] {
        command.env_remove(name);
    }
    let command = command.envs(variables.iter().copied());
    command.output().expect("the program starts")
}

/// What it printed, and its status.
fn ran(variables: &[(&str, &str)]) -> (String, Option<i32>) {
    let output = program(variables);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (printed, output.status.code())
}

#[test]
fn a_whole_answer_is_a_success() {
    let (base, _) = server(GOOD);
    let (printed, status) = ran(&[("OPENAI_BASE_URL", &format!("{base}/v1"))]);
    assert_eq!(printed, "Asking\n> Well.\nThe answer is whole\n");
    assert_eq!(status, Some(0));
}

#[test]
fn a_failure_says_what_happened_and_is_none() {
    let (base, count) = server(
        "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n\
         {\"error\":{\"message\":\"wrong key\"}}",
    );
    let (printed, status) = ran(&[("OPENAI_BASE_URL", &base)]);
    let says = "Failed: the key was refused, status 401: wrong key\n";
    assert!(printed.ends_with(says), "{printed}");
    assert_eq!(status, Some(1));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

/// With a proxy in the environment, what is said on the loopback stays there.
#[test]
fn no_proxy_is_told_of_what_is_said_on_the_loopback() {
    let (proxy, told) = server("HTTP/1.1 403 Forbidden\r\n\r\n");
    let (base, count) = server(GOOD);
    let named = ("OPENAI_BASE_URL", base.as_str());
    for proxied in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        let (printed, _) = ran(&[(proxied, &proxy), named]);
        assert!(printed.ends_with("The answer is whole\n"), "{printed}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 4);
    let (rehearsed, status) = ran(&[("http_proxy", &proxy)]);
    assert!(rehearsed.contains("> stall\n"), "{rehearsed}");
    assert_eq!(status, Some(0));
    assert_eq!(told.load(Ordering::Relaxed), 0);
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let (printed, status) = ran(&[("OPENAI_BASE_URL", "")]);
    assert!(printed.contains("> stall\n"), "it rehearses: {printed}");
    assert_eq!(status, Some(0));
}

/// Nobody is asked, and nobody waits.
#[test]
fn what_can_t_be_sent_says_so_at_once() {
    let (base, count) = server(GOOD);
    for variables in [
        [
            ("OPENAI_BASE_URL", "127.0.0.1:9/v1"),
            ("OPENAI_API_KEY", "k"),
        ],
        [
            ("OPENAI_BASE_URL", base.as_str()),
            ("OPENAI_API_KEY", "a\nb"),
        ],
    ] {
        let (printed, status) = ran(&variables);
        let says = "Asking\nFailed: the request can't be sent: ";
        assert!(printed.starts_with(says), "{printed}");
        assert_eq!(printed.lines().count(), 2, "{printed}");
        assert_eq!(status, Some(1));
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}
