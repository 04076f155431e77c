// Applications with the official SDKs, one after the other. Each line of standard input is something
// to do, and a line of standard output says what came of it.
import { createInterface } from "node:readline";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import * as conversation from "./conversation.mjs";

// Where fetch keeps its connections: for some seconds, and the next daemon is another one.
const KEPT = Symbol.for("undici.globalDispatcher.1");
let client, headers, stall, requests;

// The second half never comes.
function stalled(text) {
  const half = new TextEncoder().encode(text.slice(0, text.length / 2));
  return new ReadableStream({ start: (controller) => controller.enqueue(half) });
}

function countedFetch(url, init) {
  requests++;
  return fetch(url, stall ? { ...init, body: stalled(init.body), duplex: "half" } : init);
}

const sdks = { openai: OpenAI, anthropic: Anthropic, ollama: Ollama };

// headers: of every request.
function open({ sdk, options, ...more }) {
  ({ headers, stall } = more);
  client = new sdks[sdk]({ ...options, headers, fetch: countedFetch });
}

async function close() {
  const kept = globalThis[KEPT];
  if (!kept) return;
  globalThis[KEPT] = new kept.constructor();
  await kept.destroy();
}

// Streams and pages are lists of what is in them.
async function call({ method, what }) {
  const names = method.split(".");
  const last = names.pop();
  const owner = names.reduce((at, name) => at[name], client);
  const answer = await owner[last](what ?? undefined, { headers });
  if (!answer[Symbol.asyncIterator]) return answer;
  const found = [];
  for await (const one of answer) found.push(one);
  return found;
}

const doings = {
  open,
  close,
  call,
  all: ({ calls }) => Promise.all(calls.map(call)),
  begin: conversation.begin,
  turn: ({ way }) => conversation.turn(client, way),
  run: ({ streamed }) => conversation.run(client, streamed),
};

const own = (error) => error instanceof OpenAI.OpenAIError ||
  error instanceof Anthropic.AnthropicError || error.name === "ResponseError";

// Ollama's stream tells of an error, and of its end, by a plain Error.
function told(error) {
  if (!own(error) && !(client instanceof Ollama)) throw error;
  const { status_code, status = status_code ?? null, type = null, code = null } = error;
  const inner = error.error?.error ?? error.error;
  return { class: error.constructor.name, status, type, code, text: error.message,
           message: inner?.message ?? null };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  requests = 0;
  const came = await Promise.resolve(asked).then(doings[asked.do]).then(
    (answer) => ({ answer: answer ?? null }), (error) => ({ raised: told(error) }));
  console.log(JSON.stringify({ ...came, requests }));
}
