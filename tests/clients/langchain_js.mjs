// LangChain (JavaScript)
// needs: @langchain/openai@1.5.8 @langchain/core@1.4.0
import { ChatOpenAI } from "@langchain/openai";
import { BASE_URL, KEY, MODEL, QUESTION, tell } from "./ask.mjs";

const chat = new ChatOpenAI({ model: MODEL, apiKey: KEY, configuration: { baseURL: BASE_URL } });

await tell("whole", async () => (await chat.invoke(QUESTION)).content);
await tell("stream", async () => {
  let text = "";
  for await (const piece of await chat.stream(QUESTION)) text += piece.content;
  return text;
});
