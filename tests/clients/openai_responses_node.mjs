// OpenAI Node SDK, Responses
// needs: openai@6.49.0
// speaks: responses
// requests: 2
import OpenAI from "openai";
import { BASE_URL, KEY, MODEL, QUESTION, tell } from "./ask.mjs";

const client = new OpenAI({ baseURL: BASE_URL, apiKey: KEY });

await tell("whole", async () =>
  (await client.responses.create({ model: MODEL, input: QUESTION })).output_text);
await tell("stream", async () => {
  let text = "";
  for await (const event of await client.responses.create({ model: MODEL, input: QUESTION, stream: true }))
    if (event.type === "response.output_text.delta") text += event.delta;
  return text;
});
