//! Requests that are refused for what they are.

use crate::client::Served;
use crate::served::{ServedWorkbook, ends_with};
use serde_json::json;

/// A request, and how it is refused.
struct Refused {
    status: u16,
    why: &'static str,
    head: String,
    body: Vec<u8>,
}

impl Refused {
    fn new(status: u16, why: &'static str, head: String) -> Self {
        let body = br#"{"listing": "greet-1/right_way"}"#.to_vec();
        Self {
            status,
            why,
            head,
            body,
        }
    }

    fn with(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { body, ..self }
    }
}

/// Of those who reach this server under another name, or from another site, or
/// without the token of this start.
fn foreign(served: &Served) -> Vec<Refused> {
    let good = served.order("/api/run");
    let host = format!("Host: {}\r\n", served.host);
    let port = served.port();
    let token = format!("workbook-token: {}", served.token);
    let socket = served.socket();
    let misdirected = |head: String| {
        assert!(head != good && head != socket, "{head}");
        Refused::new(421, "this server answers to", head)
    };
    let hosted = |lines: &str| misdirected(good.replace(&host, lines));
    let forbidden = |header: &str| {
        let head = format!("{good}{header}\r\n");
        Refused::new(403, "of a page of another site", head)
    };
    let stale = |head| Refused::new(403, "load the page again", head);
    let rebound = format!("{socket}Origin: http://evil.example\r\n");
    vec![
        hosted("Host: evil.example\r\n"),
        hosted(&format!("Host: evil.example:{port}\r\n")),
        hosted("Host: 127.0.0.1:1\r\n"),
        hosted("Host: 127.0.0.1\r\n"),
        hosted(""),
        hosted(&format!("{host}Host: evil.example\r\n")),
        misdirected(good.replace("/api/", "http://evil.example/api/")),
        misdirected(socket.replace(&host, "Host: evil.example\r\n")),
        Refused::new(403, "of a page of another site", rebound),
        forbidden("Origin: http://evil.example"),
        forbidden("Origin: null"),
        forbidden(&format!("Origin: https://127.0.0.1:{port}")),
        forbidden("Sec-Fetch-Site: cross-site"),
        forbidden("Sec-Fetch-Site: same-site"),
        stale(good.replace(&token, "x: y")),
        stale(good.replace(&served.token, "0")),
        stale(good.replace(&token, "workbook-token:")),
    ]
}

/// Of what there is not.
fn pointless(served: &Served) -> Vec<Refused> {
    let good = served.order("/api/run");
    let stop = served.order("/api/stop");
    let method = |method: &str| {
        Refused::new(405, "with POST", good.replacen("POST", method, 1))
    };
    let listing = |id: &str| {
        let body = json!({ "listing": id }).to_string();
        Refused::new(404, "there is no listing", good.clone()).with(body)
    };
    let elsewhere = good.replace("/api/run", "/api/shell");
    vec![
        method("GET"),
        method("PUT"),
        method("DELETE"),
        method("OPTIONS"),
        Refused::new(404, "there are /api/run", elsewhere),
        Refused::new(404, "is not under way", stop).with(r#"{"run": 99}"#),
        listing(""),
        listing("/"),
        listing("greet-1"),
        listing("dinner/right_way"),
        listing("greet-1/wrong_way"),
        listing("../../../etc/passwd"),
        listing("greet-1/../greet-1/right_way"),
        listing("/etc/right_way"),
        listing("greet-1\0/right_way"),
        listing("*/right_way"),
    ]
}

/// Of bodies that are no order.
fn unreadable(served: &Served) -> Vec<Refused> {
    let good = served.order("/api/run");
    let kind = |kind: &str| {
        let head = good.replace("application/json", kind);
        Refused::new(415, "must be application/json", head)
    };
    let body = |body: &[u8]| {
        Refused::new(400, "can't be read", good.clone()).with(body)
    };
    let long = |size: usize| {
        let refused = Refused::new(413, "more than 64 KiB", good.clone());
        refused.with(vec![b' '; size])
    };
    let stop = served.order("/api/stop");
    vec![
        kind("text/plain"),
        kind("application/x-www-form-urlencoded"),
        kind("application/jsonp"),
        body(b""),
        body(b"listing=greet-1"),
        body(b"{\"listing\": \"\xff\xfe\"}"),
        body(b"{\"listing\": 7}"),
        body(b"{\"source\": \"fn main() {}\"}"),
        body(b"{\"listing\": \"a/b\", \"command\": \"sh\"}"),
        long(64 * 1024 + 1),
        long(1024 * 1024),
        Refused::new(400, "can't be read", stop).with(r#"{"run": -1}"#),
    ]
}

#[test]
fn hostile_and_clumsy_requests_are_refused_in_words() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let all = [foreign(&served), pointless(&served), unreadable(&served)];
    for refused in all.into_iter().flatten() {
        let Refused { status, head, .. } = &refused;
        let (seen, answer) = served.raw(head, &refused.body);
        assert_eq!(seen, *status, "{head}\n{answer}");
        assert!(
            answer.contains("{\"event\":\"refused\""),
            "{head}\n{answer}"
        );
        assert!(answer.contains(refused.why), "{head}\n{answer}");
        let lower = answer.to_lowercase();
        assert!(!lower.contains("access-control"), "{head}\n{answer}");
        for secret in [&served.token, &served.key] {
            assert!(!lower.contains(secret), "{head}\n{answer}");
        }
    }
    for path in ["a".repeat(300), "a/".repeat(3000), "%41".repeat(90)] {
        for folder in ["/", "/handouts/"] {
            let head = served.head("GET", &format!("{folder}{path}"), &[]);
            let (status, answer) = served.raw(&head, b"");
            assert_eq!(status, 404, "{answer}");
        }
    }
    for path in ["/../Cargo.toml", "/%2e%2e/%2e%2e/Cargo.toml", "/..%5cx"] {
        let (status, answer) = served.raw(&served.head("GET", path, &[]), b"");
        assert!(matches!(status, 400 | 404), "{answer}");
    }
    // It was never even compiled.
    assert!(!book.root().join("target/debug").exists());
    // And serves on.
    let order = json!({ "listing": "greet-1/right_way" });
    let events = served.post("/api/run", &order).all();
    ends_with(&events, "ended", "it did as recorded");
}

#[test]
fn a_refusal_is_a_page_for_those_who_asked_for_one() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let asks = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
    let host = served.host.clone();
    let long = format!("/%3Cb%3E{}", "a".repeat(300));
    let elsewhere = "This server answers to http://127.0.0.1";
    for (path, known, status, words) in [
        (
            "/api/run",
            &*host,
            403,
            "This browser may only read: open the",
        ),
        (&*long, &*host, 404, "There is no page /%3Cb%3Eaaa"),
        ("/", "evil.example", 421, elsewhere),
    ] {
        let head = served.head("GET", path, &[asks]).replace(&host, known);
        let (seen, answer) = served.raw(&head, b"");
        assert_eq!(seen, status, "{answer}");
        for words in [
            "content-type: text/html; charset=utf-8\r\n",
            "content-security-policy: default-src 'none'",
            words,
        ] {
            assert!(answer.contains(words), "{words}: {answer}");
        }
    }
    // A script hears it in its own form.
    let (_, answer) = served.raw(&served.head("GET", "/api/run", &[]), b"");
    assert!(answer.contains("{\"event\":\"refused\""), "{answer}");
}
