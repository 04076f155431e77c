// Ollama Node library
// needs: ollama@0.6.4
// speaks: ollama
// requests: 4
import { Ollama } from "ollama";
import { ABOUT, MODEL, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell } from "./ask.mjs";

const client = new Ollama({ host: ROOT });
const asked = { model: MODEL, messages: [{ role: "user", content: QUESTION }] };
const { additionalProperties, ...parameters } = PARAMETERS; // Ollama's own type has no such member
const tools = [{ type: "function", function: { name: TOOL, description: ABOUT, parameters } }];

await tell("whole", async () => (await client.chat(asked)).message.content);
await tell("stream", async () => {
  let text = "";
  for await (const part of await client.chat({ ...asked, stream: true })) text += part.message.content;
  return text;
});
await tell("whole", async () => {
  const { message } = await client.chat({ ...asked, tools });
  if (message.tool_calls?.[0]?.function.arguments.area !== "kitchen") throw new Error("no call");
  const messages = [...asked.messages, message, { role: "tool", content: RESULT, tool_name: TOOL }];
  return (await client.chat({ ...asked, messages, tools })).message.content;
});
