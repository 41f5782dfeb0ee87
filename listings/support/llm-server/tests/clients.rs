//! Clients that nobody here wrote, over loopback, on the real clock or one that
//! ticks as fast as it can. Nothing is said of milliseconds: only of counts, order,
//! bodies, and of a wait that may not be shorter than was asked for.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionStreamOptions,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use futures::StreamExt;
use llm_server::{Failure, Listening, LlmServer, Malformed, Model, Script};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Far more than anything here takes.
const LONG: Duration = Duration::from_secs(30);

const TEXT: &str = "Straße, 日本 und 🦀 am Ende";

async fn started(model: Model) -> (LlmServer, Listening, Client<OpenAIConfig>) {
    // Plain HTTP needs no certificates, but reqwest wants to know whose TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let script = Script::new().api_key("sk-test").model(model);
    let llm = LlmServer::new(script);
    let listening = llm.listen("127.0.0.1:0").await.expect("a free port");
    let config = OpenAIConfig::new()
        .with_api_base(listening.base_url())
        .with_api_key("sk-test");
    (llm, listening, Client::with_config(config))
}

fn request(prompt: &str) -> CreateChatCompletionRequest {
    CreateChatCompletionRequestArgs::default()
        .model("m")
        .messages([ChatCompletionRequestUserMessage::from(prompt).into()])
        .build()
        .expect("a request")
}

fn streaming(prompt: &str) -> CreateChatCompletionRequest {
    CreateChatCompletionRequest {
        stream_options: Some(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        }),
        ..request(prompt)
    }
}

#[tokio::test]
async fn async_openai_chats_lists_models_and_embeds() {
    let (llm, _listening, client) = started(Model::new("m").says(TEXT)).await;
    let answer = client.chat().create(request("Hello")).await.expect("chat");
    let content = answer.choices[0].message.content.as_deref();
    assert_eq!(content, Some(TEXT));
    assert_eq!(answer.usage.map(|usage| usage.completion_tokens), Some(6));
    let models = client.models().list().await.expect("models");
    assert_eq!(models.data[0].id, "m");
    let request = CreateEmbeddingRequestArgs::default()
        .model("m")
        .input(["a b", "c"])
        .build()
        .expect("a request");
    let embeddings = client.embeddings().create(request).await.expect("two");
    assert_eq!(embeddings.data.len(), 2);
    assert_eq!(embeddings.data[0].embedding.len(), 64);
    assert_eq!(llm.seen().status(200), 2, "models are not counted");
}

#[tokio::test]
async fn async_openai_streams_whatever_is_valid() {
    for how in [
        None,
        Some(Malformed::Crlf),
        Some(Malformed::Comments),
        Some(Malformed::SeveralDataLines),
        Some(Malformed::SplitUtf8),
    ] {
        let model = Model::new("m").says(TEXT);
        let model = how.into_iter().fold(model, Model::malformed);
        let (_llm, _listening, client) = started(model).await;
        let chat = client.chat();
        let mut stream = chat
            .create_stream(streaming("Hello"))
            .await
            .expect("a stream");
        let mut text = String::new();
        let mut used = None;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.expect("a chunk");
            for choice in &chunk.choices {
                text += choice.delta.content.as_deref().unwrap_or_default();
            }
            used = used.or(chunk.usage.map(|usage| usage.completion_tokens));
        }
        assert_eq!((text.as_str(), used), (TEXT, Some(6)), "{how:?}");
    }
}

#[tokio::test]
async fn async_openai_gets_errors_in_the_shape_of_the_api() {
    let model = Model::new("m")
        .fails(1, Failure::InsufficientQuota)
        .fails(2, Failure::Unauthorized)
        .fails(3, Failure::ContextTooLong);
    let (llm, _listening, client) = started(model).await;
    for code in [
        "insufficient_quota",
        "invalid_api_key",
        "context_length_exceeded",
    ] {
        let error = client.chat().create(request("Hello")).await;
        let Err(OpenAIError::ApiError(error)) = error else {
            panic!("{error:?} is no error of the API");
        };
        assert!(format!("{error:?}").contains(code), "{error:?}");
    }
    assert_eq!(llm.seen().requests, 3, "none of these is worth a retry");
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_names_its_wait_is_kept_by_who_waits_as_long() {
    loopback::tick();
    let wait = Duration::from_secs(1);
    let model = Model::new("m").fails(1, Failure::RateLimited(Some(wait)));
    let (llm, listening, _) = started(model).await;
    let client = reqwest::Client::new();
    let url = format!("{}/chat/completions", listening.base_url());
    let ask = || {
        client
            .post(&url)
            .bearer_auth("sk-test")
            .json(&request("Hello"))
            .send()
    };
    let refused = ask().await.expect("an answer");
    assert_eq!(refused.status(), 429);
    let seconds = refused.headers()["retry-after"].to_str().expect("text");
    sleep(Duration::from_secs(seconds.parse().expect("seconds"))).await;
    assert_eq!(ask().await.expect("an answer").status(), 200);
    let log = llm.seen().log;
    assert!(log[1].at >= log[0].at + wait, "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn the_server_sees_a_client_hang_up() {
    loopback::tick();
    let model = Model::new("m").says("a b c d").stalls_after(2);
    let (llm, _listening, client) = started(model).await;
    let chat = client.chat();
    let mut stream = chat
        .create_stream(streaming("Hello"))
        .await
        .expect("a stream");
    for _ in 0..2 {
        stream.next().await.expect("a token").expect("valid");
    }
    assert_eq!(llm.seen().in_flight, 1);
    drop(stream);
    let gone = async {
        while llm.seen().aborted == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, gone).await.expect("it is seen");
    let seen = llm.seen();
    assert_eq!((seen.in_flight, seen.completion_tokens), (0, 2));
}

#[tokio::test]
async fn what_was_said_before_a_hang_up_arrives() {
    let model = Model::new("m").says("a b c d").hangs_up_after(2);
    let (llm, _listening, client) = started(model).await;
    let chat = client.chat();
    let mut stream = chat
        .create_stream(streaming("Hello"))
        .await
        .expect("a stream");
    for token in ["a", " b"] {
        let chunk = stream.next().await.expect("a token").expect("valid");
        assert_eq!(chunk.choices[0].delta.content.as_deref(), Some(token));
    }
    assert!(stream.next().await.expect("the end").is_err());
    assert_eq!(llm.seen().hung_up, 1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_so_on_the_socket() {
    let (_llm, listening, _) = started(Model::new("m")).await;
    let response = reqwest::Client::new()
        .post(format!("{}/chat/completions", listening.base_url()))
        .bearer_auth("sk-test")
        .body(" ".repeat(llm_server::BODY + 1))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 413);
    let body = response.text().await.expect("a body");
    assert!(body.contains("at most 4194304 bytes"), "{body}");
}

/// It keeps the wait that either kind of failure names, and makes waits of its
/// own after those that name none.
#[tokio::test(start_paused = true)]
async fn async_openai_tries_again_what_is_worth_it() {
    loopback::tick();
    let second = Duration::from_secs(1);
    let log = |first, then| async move {
        let model = Model::new("m").fails(1, first).fails(2, then);
        let model = model.fails(3, Failure::ServerError);
        let (llm, _listening, client) = started(model).await;
        client.chat().create(request("Hello")).await.expect("chat");
        llm.seen().log
    };
    let (limited, overloaded) = (Failure::RateLimited, Failure::Overloaded);
    let (by_limit, by_load) = tokio::join!(
        log(limited(Some(second)), overloaded(None)),
        log(overloaded(Some(second)), limited(None)),
    );
    // Three retries are the most that it makes.
    for (log, expected) in [
        (by_limit, [429, 503, 500, 200]),
        (by_load, [503, 429, 500, 200]),
    ] {
        let statuses: Vec<u16> = log.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, expected);
        assert!(log[1].at >= log[0].at + second, "{log:?}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let (llm, listening, _) = started(Model::new("m")).await;
    let error = llm.listen(listening.address()).await.expect_err("taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_server_that_is_dropped_ends_what_is_under_way() {
    let model = Model::new("m").says("a b c d").stalls_after(1);
    let (llm, listening, client) = started(model).await;
    let chat = client.chat();
    let mut stream = chat
        .create_stream(streaming("Hello"))
        .await
        .expect("a stream");
    stream.next().await.expect("a token").expect("valid");
    drop(listening);
    let end = timeout(LONG, stream.next()).await.expect("it is cut off");
    assert!(end.is_some_and(|end| end.is_err()));
    assert_eq!((llm.seen().in_flight, llm.seen().aborted), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_answered_when_the_server_ends() {
    loopback::tick();
    let model = Model::new("m").first_token(Duration::from_millis(300));
    let (llm, listening, client) = started(model).await;
    let answer = tokio::spawn(async move {
        client.chat().create(request("Hello")).await.map(drop)
    });
    let begun = async {
        while llm.seen().in_flight == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, begun).await.expect("it has begun");
    let start = Instant::now();
    listening.shutdown().await;
    assert!(start.elapsed() < LONG);
    answer.await.expect("no panic").expect("an answer");
    assert_eq!(llm.seen().completed, 1);
}
