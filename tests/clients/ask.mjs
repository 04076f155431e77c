// What every client here does: asks, and tells as a line of JSON what came of it.
export const BASE_URL = process.argv[2];
export const QUESTION = "What is the capital of France? Answer as JSON.";
export const MODEL = "gpt-4", KEY = "any";

export async function tell(how, ask) {
  let line;
  try {
    line = { how, text: await ask() };
  } catch (failed) {
    line = { how, error: `${failed?.name}: ${failed?.message}`.slice(0, 300) };
  }
  process.stdout.write(JSON.stringify(line) + "\n");
}
