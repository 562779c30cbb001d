import type { ExactJson } from "../../../packages/core/dist/index.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const BIG = "\u0000big";

/** Reads JSON and keeps integers beyond 2^53-1 as bigints, which `JSON.parse` would round. */
export function parseExact(text: string): ExactJson {
  const marked = text.replace(TOKEN, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
      ? JSON.stringify(BIG + token)
      : token,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : value,
  ) as ExactJson;
}
