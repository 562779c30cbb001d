// Where Bylaw and the model are. The model is any server that speaks OpenAI's chat completions.
import { bylaw } from "@bylaw/sdk";

const { BYLAW_TOKEN: token = "", BYLAW_URL, MODEL_URL, MODEL_KEY = "none" } = process.env;

export const governed = bylaw({ token, ...(BYLAW_URL === undefined ? {} : { url: BYLAW_URL }) });
export const model = { url: MODEL_URL ?? "http://127.0.0.1:8080/v1", key: MODEL_KEY, name: "any" };
export const task = "Look r1 up, empty the table, then delete r2.";
