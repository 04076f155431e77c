// What every client here does: asks, and tells as a line of JSON what came of it.
export const BASE_URL = process.argv[2];
export const ROOT = BASE_URL.replace(/\/v1$/, ""); // what Anthropic's and Ollama's clients want
export const QUESTION = "What is the capital of France? Answer as JSON.";
export const MODEL = "gpt-4", CLAUDE = "claude-sonnet-5-5", KEY = "any";
// A tool that the pretended providers call where it is offered.
export const TOOL = "GetLiveContext", ABOUT = "The state of the home.", RESULT = "light.kitchen: on";
export const PARAMETERS = { type: "object", properties: { area: { type: "string" } }, required: ["area"],
                            additionalProperties: false };

export async function tell(how, ask) {
  let line;
  try {
    line = { how, text: await ask() };
  } catch (failed) {
    line = { how, error: `${failed?.name}: ${failed?.message}`.slice(0, 300) };
  }
  process.stdout.write(JSON.stringify(line) + "\n");
}
