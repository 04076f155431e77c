// Vercel AI SDK (openai-compatible)
// needs: ai@6.0.326 @ai-sdk/openai-compatible@2.0.92
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import { BASE_URL, KEY, MODEL, QUESTION, tell } from "./ask.mjs";

const provider = createOpenAICompatible({ name: "understudy", baseURL: BASE_URL, apiKey: KEY });
const options = { model: provider(MODEL), prompt: QUESTION };

await tell("whole", async () => (await generateText(options)).text);
await tell("stream", async () => {
  let text = "";
  const run = streamText({ ...options, onError: () => {} });
  for await (const part of run.fullStream) {
    if (part.type === "error") throw part.error instanceof Error ? part.error : new Error(JSON.stringify(part.error));
    if (part.type === "text-delta") text += part.text;
  }
  return text;
});
