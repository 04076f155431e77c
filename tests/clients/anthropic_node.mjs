// Anthropic Node SDK
// needs: @anthropic-ai/sdk@1.14.0
// speaks: messages
// requests: 4
import Anthropic from "@anthropic-ai/sdk";
import { ABOUT, CLAUDE, KEY, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell } from "./ask.mjs";

const client = new Anthropic({ baseURL: ROOT, apiKey: KEY });
const asked = { model: CLAUDE, max_tokens: 500, messages: [{ role: "user", content: QUESTION }] };
const tools = [{ name: TOOL, description: ABOUT, input_schema: PARAMETERS }];
const text = ({ content }) => content.map((block) => block.text ?? "").join("");

await tell("whole", async () => text(await client.messages.create(asked)));
await tell("stream", async () => text(await client.messages.stream(asked).finalMessage()));
await tell("stream", async () => {
  const { content } = await client.messages.stream({ ...asked, tools }).finalMessage();
  const results = content.filter((block) => block.type === "tool_use").map(({ id }) => (
    { type: "tool_result", tool_use_id: id, content: RESULT }));
  if (results.length !== 1) throw new Error(`no call: ${JSON.stringify(content)}`);
  const messages = [...asked.messages, { role: "assistant", content }, { role: "user", content: results }];
  return text(await client.messages.stream({ ...asked, messages, tools }).finalMessage());
});
