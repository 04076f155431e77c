// OpenAI Node SDK
// needs: openai@6.49.0
import OpenAI from "openai";
import { BASE_URL, KEY, MODEL, QUESTION, tell } from "./ask.mjs";

const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY });
const messages = [{ role: "user", content: QUESTION }];

await tell("whole", async () =>
  (await client.chat.completions.create({ model: MODEL, messages })).choices[0].message.content);
await tell("stream", async () => {
  let text = "";
  for await (const chunk of await client.chat.completions.create({ model: MODEL, messages, stream: true }))
    text += chunk.choices[0]?.delta?.content ?? "";
  return text;
});
