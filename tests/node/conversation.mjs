// A conversation with tools, by every way that the SDK has to ask. The messages stay as the SDK
// makes them: what it adds to an answer goes back to the daemon.
import { z } from "zod";
import { zodResponseFormat } from "openai/helpers/zod";

const Advice = z.object({ city: z.string(), coats: z.array(z.string()) });
const advice = zodResponseFormat(Advice, "advice");
const model = "gpt-4";
let messages, tools, known;

export function begin(asked) {
  ({ messages, tools, known } = asked);
}

const functions = {
  weather: ({ city }) => known.weather[city],
  coat: ({ degrees, rain }) => (degrees === 4 && rain === true ? known.coat : "a wrong question"),
};

async function gathered(stream) {
  const message = { role: "assistant", content: null };
  for await (const { choices } of stream) {
    const delta = choices[0]?.delta ?? {};
    if (delta.content) message.content = (message.content ?? "") + delta.content;
    for (const { index, id, type, function: piece } of delta.tool_calls ?? []) {
      message.tool_calls ??= [];
      message.tool_calls[index] ??= { id, type, function: { name: piece.name, arguments: "" } };
      message.tool_calls[index].function.arguments += piece.arguments ?? "";
    }
  }
  return message;
}

const ways = {
  create: async (completions, asked) => (await completions.create(asked)).choices[0].message,
  "create, streamed": async (completions, asked) =>
    gathered(await completions.create({ ...asked, stream: true })),
  stream: (completions, asked) => completions.stream(asked).finalMessage(),
  parse: async (completions, asked) =>
    (await completions.parse({ ...asked, response_format: advice })).choices[0].message,
  "stream, parsed": (completions, asked) =>
    completions.stream({ ...asked, response_format: advice }).finalMessage(),
};

// Asks once, and runs the tools that are asked for.
export async function turn(client, way) {
  const message = await ways[way](client.chat.completions, { model, messages, tools });
  messages.push(message);
  for (const { id, function: asked } of message.tool_calls ?? []) {
    const content = functions[asked.name](JSON.parse(asked.arguments));
    messages.push({ role: "tool", tool_call_id: id, content });
  }
  return message;
}

// The SDK does all that by itself.
export function run(client, streamed) {
  const runnable = tools.map(({ type, function: tool }) => (
    { type, function: { ...tool, function: functions[tool.name], parse: JSON.parse } }));
  const asked = { model, messages, tools: runnable, stream: streamed };
  return client.chat.completions.runTools(asked).finalContent();
}
