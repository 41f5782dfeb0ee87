"""OpenAI's own client for Python against the scripted server.

Started by openai_python.rs, which says in OPENAI_BASE_URL and OPENAI_API_KEY
where the server is, and counts on the server's side what this asks for.
"""

import asyncio
import time

import openai
from openai import AsyncOpenAI, OpenAI

TEXT = "Straße, 日本 und 🦀 am Ende"

client = OpenAI()
once = OpenAI(max_retries=0)


def ask(model, client=client, **more):
    messages = [{"role": "user", "content": f"Hello, {model}"}]
    return client.chat.completions.create(
        model=model, messages=messages, **more
    )


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        # No kin of it: each status has its own class.
        assert type(error) is kind, error
        return error
    raise AssertionError(f"no {kind.__name__}")


def chat():
    answer = ask("plain", temperature=0.5, max_tokens=50)
    assert answer.object == "chat.completion"
    choice = answer.choices[0]
    assert choice.message.role == "assistant"
    assert choice.message.content == TEXT
    assert choice.finish_reason == "stop"
    usage = answer.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert ask("plain", max_tokens=2).choices[0].finish_reason == "length"


def streaming():
    for model in ["plain", "unusual", "no-done"]:
        options = {"include_usage": True}
        chunks = list(ask(model, stream=True, stream_options=options))
        deltas = [choice.delta for c in chunks for choice in c.choices]
        assert deltas[0].role == "assistant"
        tokens = [delta.content for delta in deltas if delta.content]
        assert "".join(tokens) == TEXT, model
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-1].choices == []
        assert chunks[-1].usage.completion_tokens == len(tokens)
        assert all(chunk.usage is None for chunk in chunks[:-1])


def broken_streams():
    tokens = []

    def read():
        for chunk in ask("hangs-up", stream=True):
            tokens.append(chunk.choices[0].delta.content)

    # It came in the middle, so the client does not try again.
    refused(openai.APIConnectionError, read)
    assert tokens == ["Straße,", " 日本"]
    with ask("stalls", stream=True) as stream:
        assert next(iter(stream)).choices[0].delta.content == "Straße,"


def retries():
    start = time.monotonic()
    assert ask("limited").choices[0].message.content == TEXT
    took = time.monotonic() - start
    # Without the header its first wait is half a second at most.
    assert took >= 1, took
    assert ask("ill").choices[0].message.content == TEXT


def errors():
    other = OpenAI(api_key="sk-other", max_retries=0)
    error = refused(openai.AuthenticationError, lambda: ask("plain", other))
    assert (error.status_code, error.code) == (401, "invalid_api_key")
    assert "sk-other" not in str(error)

    error = refused(openai.NotFoundError, lambda: ask("no-such"))
    assert (error.code, error.param) == ("model_not_found", "model")
    refused(openai.NotFoundError, lambda: client.models.retrieve("no-such"))

    error = refused(openai.BadRequestError, lambda: ask("short"))
    assert error.code == "context_length_exceeded"
    error = refused(openai.BadRequestError, lambda: ask("plain", temperature=3))
    assert error.param == "temperature"
    error = refused(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model="plain", messages=[]),
    )
    assert error.param == "messages"

    error = refused(openai.RateLimitError, lambda: ask("no-credit", once))
    assert error.code == error.type == "insufficient_quota"

    error = refused(openai.RateLimitError, lambda: ask("one-a-minute", once))
    assert error.code == "rate_limit_exceeded"
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert error.response.headers["x-ratelimit-reset-requests"] == "1m0s"
    assert error.response.headers["retry-after"] == "60"

    for model in ["down", "overloaded"]:
        refused(openai.InternalServerError, lambda: ask(model, once))


def models():
    names = [model.id for model in client.models.list()]
    assert "plain" in names
    assert client.models.retrieve("plain").id == "plain"


def embeddings():
    texts = ["a white rabbit", "the queen"]
    # It asks for base64 unless told otherwise, and decodes it.
    packed = client.embeddings.create(model="plain", input=texts)
    plain = client.embeddings.create(
        model="plain", input=texts, encoding_format="float"
    )
    for one, other in zip(packed.data, plain.data, strict=True):
        assert len(one.embedding) == 64
        assert abs(sum(x * x for x in one.embedding) - 1) < 1e-5
        pairs = zip(one.embedding, other.embedding, strict=True)
        assert all(abs(x - y) < 1e-6 for x, y in pairs)
    assert packed.usage.prompt_tokens == packed.usage.total_tokens > 0


async def at_once():
    async with AsyncOpenAI(max_retries=0) as client:
        calls = [ask("two-at-once", client, seed=n) for n in range(3)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["ChatCompletion", "ChatCompletion", "RateLimitError"]


chat()
streaming()
broken_streams()
retries()
# The first takes the one that the minute has.
ask("one-a-minute")
errors()
models()
embeddings()
asyncio.run(at_once())
print("openai", openai.__version__, "is content")
