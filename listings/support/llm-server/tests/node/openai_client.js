// OpenAI's own client for Node against the scripted server: the same as
// ../openai_client.py asks for.
//
// Started by openai_node.rs, which says in OPENAI_BASE_URL and OPENAI_API_KEY
// where the server is, and counts on the server's side what this asks for.

import assert from "node:assert/strict";
import OpenAI from "openai";

const TEXT = "Straße, 日本 und 🦀 am Ende";

const client = new OpenAI();
const once = new OpenAI({ maxRetries: 0 });

const said = (content) => [{ role: "user", content }];

const ask = (model, more = {}, by = client) =>
    by.chat.completions.create({
        model,
        messages: said(`Hello, ${model}`),
        ...more,
    });

async function refused(kind, asked) {
    try {
        await asked();
    } catch (error) {
        // No kin of it: each status has its own class.
        assert.equal(error.constructor, kind, String(error));
        return error;
    }
    assert.fail(`no ${kind.name}`);
}

async function all(stream) {
    const events = [];
    for await (const event of stream) {
        events.push(event);
    }
    return events;
}

async function chat() {
    const answer = await ask("plain", { temperature: 0.5, max_tokens: 50 });
    assert.equal(answer.object, "chat.completion");
    const [choice] = answer.choices;
    assert.equal(choice.message.role, "assistant");
    assert.equal(choice.message.content, TEXT);
    assert.equal(choice.finish_reason, "stop");
    const { usage } = answer;
    assert.equal(
        usage.total_tokens,
        usage.prompt_tokens + usage.completion_tokens,
    );
    const cut = await ask("plain", { max_tokens: 2 });
    assert.equal(cut.choices[0].finish_reason, "length");
}

async function streaming() {
    for (const model of ["plain", "unusual", "no-done"]) {
        const options = { include_usage: true };
        const stream = await ask(model, {
            stream: true,
            stream_options: options,
        });
        const chunks = await all(stream);
        const deltas = chunks.flatMap((c) => c.choices.map((x) => x.delta));
        assert.equal(deltas[0].role, "assistant");
        const tokens = deltas.map((d) => d.content).filter(Boolean);
        assert.equal(tokens.join(""), TEXT, model);
        assert.equal(chunks.at(-2).choices[0].finish_reason, "stop");
        assert.deepEqual(chunks.at(-1).choices, []);
        assert.equal(chunks.at(-1).usage.completion_tokens, tokens.length);
        assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
    }
}

async function brokenStreams() {
    const tokens = [];
    // It came in the middle, so the client does not try again, and hands on
    // what its HTTP client says.
    await assert.rejects(async () => {
        for await (const chunk of await ask("hangs-up", { stream: true })) {
            tokens.push(chunk.choices[0].delta.content);
        }
    });
    assert.deepEqual(tokens, ["Straße,", " 日本"]);
    const stream = await ask("stalls", { stream: true });
    for await (const chunk of stream) {
        assert.equal(chunk.choices[0].delta.content, "Straße,");
        break;
    }
    stream.controller.abort();
}

async function retries() {
    const start = performance.now();
    const limited = await ask("limited");
    assert.equal(limited.choices[0].message.content, TEXT);
    const took = performance.now() - start;
    // Without the header its first wait is half a second at most. Node's timers
    // may be a millisecond early.
    assert.ok(took >= 998, `${took}`);
    assert.equal((await ask("ill")).choices[0].message.content, TEXT);
}

async function errors() {
    const other = new OpenAI({ apiKey: "sk-other", maxRetries: 0 });
    let error = await refused(OpenAI.AuthenticationError, () =>
        ask("plain", {}, other),
    );
    assert.deepEqual([error.status, error.code], [401, "invalid_api_key"]);
    assert.ok(!String(error).includes("sk-other"));
    assert.ok(error.requestID.startsWith("req_"));

    error = await refused(OpenAI.NotFoundError, () => ask("no-such"));
    assert.deepEqual([error.code, error.param], ["model_not_found", "model"]);
    await refused(OpenAI.NotFoundError, () => client.models.retrieve("no-such"));

    error = await refused(OpenAI.BadRequestError, () => ask("short"));
    assert.equal(error.code, "context_length_exceeded");
    error = await refused(OpenAI.BadRequestError, () =>
        ask("plain", { temperature: 3 }),
    );
    assert.equal(error.param, "temperature");
    error = await refused(OpenAI.BadRequestError, () =>
        ask("plain", { messages: [] }),
    );
    assert.equal(error.param, "messages");

    error = await refused(OpenAI.RateLimitError, () =>
        ask("no-credit", {}, once),
    );
    assert.equal(error.code, "insufficient_quota");
    assert.equal(error.type, "insufficient_quota");

    error = await refused(OpenAI.RateLimitError, () =>
        ask("one-a-minute", {}, once),
    );
    assert.equal(error.code, "rate_limit_exceeded");
    assert.equal(error.headers.get("x-ratelimit-remaining-requests"), "0");
    assert.equal(error.headers.get("x-ratelimit-reset-requests"), "1m0s");
    assert.equal(error.headers.get("retry-after"), "60");

    for (const model of ["down", "overloaded"]) {
        await refused(OpenAI.InternalServerError, () => ask(model, {}, once));
    }
}

async function models() {
    const names = (await all(client.models.list())).map((model) => model.id);
    assert.ok(names.includes("plain"));
    assert.equal((await client.models.retrieve("plain")).id, "plain");
}

async function embeddings() {
    const input = ["a white rabbit", "the queen"];
    // It asks for base64 unless told otherwise, and decodes it.
    const packed = await client.embeddings.create({ model: "plain", input });
    const plain = await client.embeddings.create({
        model: "plain",
        input,
        encoding_format: "float",
    });
    for (const [place, one] of packed.data.entries()) {
        assert.equal(one.embedding.length, 64);
        const other = plain.data[place].embedding;
        assert.ok(one.embedding.every((x, i) => Math.abs(x - other[i]) < 1e-6));
    }
    assert.ok(packed.usage.prompt_tokens > 0);
}

async function askedFor() {
    const { data: answer, request_id } = await ask("asked", {
        n: 2,
        stop: [" und"],
        logprobs: true,
        top_logprobs: 2,
    }).withResponse();
    assert.deepEqual(
        answer.choices.map((choice) => choice.index),
        [0, 1],
    );
    for (const choice of answer.choices) {
        assert.equal(choice.message.content, "Straße, 日本");
        assert.equal(choice.finish_reason, "stop");
        const told = choice.logprobs.content;
        assert.deepEqual(
            told.map((token) => token.token),
            ["Straße,", " 日本"],
        );
        assert.equal(told[0].top_logprobs.length, 2);
    }
    assert.equal(answer.usage.completion_tokens, 4);
    assert.ok(answer.system_fingerprint);
    assert.ok(request_id.startsWith("req_"));

    const format = { type: "json_schema", json_schema: BOOK };
    const book = await client.chat.completions.parse({
        model: "asked",
        messages: said("A book"),
        response_format: format,
    });
    assert.deepEqual(JSON.parse(book.choices[0].message.content), {
        title: TEXT,
        year: 0,
    });
    await assert.rejects(
        client.chat.completions.parse({
            model: "filtered",
            messages: said("A book"),
            response_format: format,
        }),
        /content filter/,
    );
}

const SCHEMA = {
    type: "object",
    properties: { title: { type: "string" }, year: { type: "integer" } },
    required: ["title", "year"],
    additionalProperties: false,
};

const BOOK = { name: "book", strict: true, schema: SCHEMA };

const WEATHER = {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
};

async function tools() {
    const offered = [{ type: "function", function: WEATHER }];
    const first = said("Paris?");
    const turn = async (messages) => {
        const answer = await client.chat.completions.create({
            model: "agent",
            messages,
            tools: offered,
        });
        return answer.choices[0];
    };
    const choice = await turn(first);
    assert.equal(choice.finish_reason, "tool_calls");
    const [call] = choice.message.tool_calls;
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Paris" });
    const told = { role: "tool", tool_call_id: call.id, content: "21" };
    const last = await turn([...first, choice.message, told]);
    assert.equal(last.message.content, TEXT);
    const error = await refused(OpenAI.BadRequestError, () =>
        turn([...first, choice.message]),
    );
    assert.ok(String(error).includes(call.id));

    const stream = client.chat.completions.stream({
        model: "agent",
        messages: first,
        tools: offered,
    });
    const whole = await stream.finalChatCompletion();
    const [streamed] = whole.choices[0].message.tool_calls;
    assert.deepEqual(JSON.parse(streamed.function.arguments), {
        city: "Paris",
    });
}

async function errorInTheMiddle() {
    const tokens = [];
    const error = await refused(OpenAI.APIError, async () => {
        const stream = await ask("fails-in-the-middle", { stream: true }, once);
        for await (const chunk of stream) {
            tokens.push(chunk.choices[0].delta.content);
        }
    });
    assert.equal(error.type, "server_error");
    assert.deepEqual(tokens, ["Straße,", " 日本"]);
}

async function responses() {
    const model = "responds";
    const answer = await client.responses.create({
        model,
        input: "Hello",
        instructions: "Be brief.",
    });
    assert.equal(answer.output_text, TEXT);
    assert.equal(answer.status, "completed");
    assert.equal(answer.usage.output_tokens, 6);
    const book = await client.responses.parse({
        model,
        input: "A book",
        text: { format: { type: "json_schema", ...BOOK } },
    });
    assert.deepEqual(JSON.parse(book.output_text), { title: TEXT, year: 0 });

    const stream = client.responses.stream({ model, input: "Hello" });
    const events = await all(stream);
    assert.deepEqual(
        events.map((event) => event.sequence_number),
        events.map((_, place) => place),
    );
    assert.equal(events[0].type, "response.created");
    assert.equal(events.at(-1).type, "response.completed");
    assert.equal((await stream.finalResponse()).output_text, TEXT);
    const deltas = events.filter((e) => e.type === "response.output_text.delta");
    assert.equal(deltas.map((event) => event.delta).join(""), TEXT);

    const cut = await client.responses.create({
        model: "long",
        input: "Hello",
        max_output_tokens: 16,
    });
    assert.equal(cut.status, "incomplete");
    assert.equal(cut.incomplete_details.reason, "max_output_tokens");
}

async function toolsOfResponses() {
    const offered = [{ type: "function", strict: false, ...WEATHER }];
    const first = said("Paris?");
    const turn = (input) =>
        client.responses.create({ model: "agent", input, tools: offered });
    const [call] = (await turn(first)).output;
    assert.deepEqual(JSON.parse(call.arguments), { city: "Paris" });
    const told = {
        type: "function_call_output",
        call_id: call.call_id,
        output: "21",
    };
    assert.equal((await turn([...first, call, told])).output_text, TEXT);
}

async function errorsOfResponses() {
    const create = (more) =>
        once.responses.create({ model: "responds", input: "Hello", ...more });
    let error = await refused(OpenAI.BadRequestError, () =>
        create({ max_output_tokens: 1 }),
    );
    assert.equal(error.param, "max_output_tokens");
    error = await refused(OpenAI.BadRequestError, () =>
        create({ previous_response_id: "resp_1" }),
    );
    assert.equal(error.code, "previous_response_not_found");
    const failing = { model: "fails-in-the-middle", stream: true };
    const events = await all(await create(failing));
    assert.equal(events.at(-1).type, "response.failed");
    assert.equal(events.at(-1).response.error.code, "server_error");
}

async function atOnce() {
    const calls = [0, 1, 2].map((seed) => ask("two-at-once", { seed }, once));
    const answers = await Promise.allSettled(calls);
    const kinds = answers.map((a) => a.reason?.constructor.name ?? "answer");
    assert.deepEqual(kinds.sort(), ["RateLimitError", "answer", "answer"]);
}

await chat();
await streaming();
await askedFor();
await tools();
await errorInTheMiddle();
await responses();
await toolsOfResponses();
await errorsOfResponses();
await brokenStreams();
await retries();
// The first takes the one that the minute has.
await ask("one-a-minute");
await errors();
await models();
await embeddings();
await atOnce();
console.log("openai for Node is content");
