"""OpenAI's own client for Python against the scripted server.

Started by openai_python.rs, which says in OPENAI_BASE_URL and OPENAI_API_KEY
where the server is, and counts on the server's side what this asks for.
"""

import asyncio
import json
import time

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

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


class Book(BaseModel):
    title: str
    year: int


def asked_for():
    answer = ask("asked", n=2, stop=[" und"], logprobs=True, top_logprobs=2)
    assert [choice.index for choice in answer.choices] == [0, 1]
    for choice in answer.choices:
        assert choice.message.content == "Straße, 日本"
        assert choice.finish_reason == "stop"
        told = choice.logprobs.content
        assert [token.token for token in told] == ["Straße,", " 日本"]
        assert len(told[0].top_logprobs) == 2
    assert answer.usage.completion_tokens == 4
    assert answer.system_fingerprint
    assert answer._request_id.startswith("req_")

    messages = [{"role": "user", "content": "A book"}]
    book = client.chat.completions.parse(
        model="asked", messages=messages, response_format=Book
    )
    assert book.choices[0].message.parsed == Book(title=TEXT, year=0)
    try:
        client.chat.completions.parse(
            model="filtered", messages=messages, response_format=Book
        )
    except openai.ContentFilterFinishReasonError:
        return
    raise AssertionError("it was filtered")


PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}


def tools():
    function = {"name": "weather", "parameters": PARAMETERS}
    offered = [{"type": "function", "function": function}]
    first = [{"role": "user", "content": "Paris?"}]

    def turn(messages):
        answer = client.chat.completions.create(
            model="agent", messages=messages, tools=offered
        )
        return answer.choices[0]

    choice = turn(first)
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    told = {"role": "tool", "tool_call_id": call.id, "content": "21"}
    assert turn([*first, choice.message, told]).message.content == TEXT
    error = refused(
        openai.BadRequestError, lambda: turn([*first, choice.message])
    )
    assert call.id in str(error)

    with client.chat.completions.stream(
        model="agent", messages=first, tools=offered
    ) as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Paris"}


def error_in_the_middle():
    def read(tokens):
        for chunk in ask("fails-in-the-middle", once, stream=True):
            tokens.append(chunk.choices[0].delta.content)

    tokens = []
    error = refused(openai.APIError, lambda: read(tokens))
    assert error.body["type"] == "server_error"
    assert tokens == ["Straße,", " 日本"]


def responses():
    answer = client.responses.create(
        model="responds", input="Hello", instructions="Be brief."
    )
    assert answer.output_text == TEXT
    assert (answer.status, answer.error) == ("completed", None)
    assert answer.usage.output_tokens == 6
    book = client.responses.parse(
        model="responds", input="A book", text_format=Book
    )
    assert book.output_parsed == Book(title=TEXT, year=0)

    with client.responses.stream(model="responds", input="Hello") as stream:
        events = list(stream)
    assert [event.sequence_number for event in events] == list(
        range(len(events))
    )
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == TEXT
    deltas = [e for e in events if e.type == "response.output_text.delta"]
    assert "".join(event.delta for event in deltas) == TEXT

    cut = client.responses.create(
        model="long", input="Hello", max_output_tokens=16
    )
    assert cut.status == "incomplete"
    assert cut.incomplete_details.reason == "max_output_tokens"


def tools_of_responses():
    function = {
        "type": "function",
        "name": "weather",
        "parameters": PARAMETERS,
        "strict": False,
    }
    first = [{"role": "user", "content": "Paris?"}]
    answer = client.responses.create(
        model="agent", input=first, tools=[function]
    )
    (call,) = answer.output
    assert json.loads(call.arguments) == {"city": "Paris"}
    told = {
        "type": "function_call_output",
        "call_id": call.call_id,
        "output": "21",
    }
    answer = client.responses.create(
        model="agent", input=[*first, call, told], tools=[function]
    )
    assert answer.output_text == TEXT


def errors_of_responses():
    error = refused(
        openai.BadRequestError,
        lambda: once.responses.create(
            model="responds", input="Hello", max_output_tokens=1
        ),
    )
    assert error.param == "max_output_tokens"
    error = refused(
        openai.BadRequestError,
        lambda: once.responses.create(
            model="responds", input="Hello", previous_response_id="resp_1"
        ),
    )
    assert error.code == "previous_response_not_found"
    events = list(
        once.responses.create(
            model="fails-in-the-middle", input="Hello", stream=True
        )
    )
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.code == "server_error"


chat()
streaming()
asked_for()
tools()
error_in_the_middle()
responses()
tools_of_responses()
errors_of_responses()
broken_streams()
retries()
# The first takes the one that the minute has.
ask("one-a-minute")
errors()
models()
embeddings()
asyncio.run(at_once())
print("openai", openai.__version__, "is content")
