import { type Line, linesOf } from "./lines.ts";

/** What a batch holds: one text under the id that its answer carries. */
export interface Item {
  readonly id: unknown;
  readonly text: string;
}

/** Why a line has no answer of its own. */
const PROBLEMS = {
  "line.too_long": "the line is longer than 16 MiB",
  "line.encoding": "the line is not UTF-8",
  "line.malformed": 'the line is no JSON object {"id": …, "text": "…"}',
  "line.failed": "the text could not be read",
} as const;
type Problem = keyof typeof PROBLEMS;

/**
 * Answers every line that is not blank with one line, in order: what `answer` says of its text, or
 * `{"id", "error": {"code", "message", "line"}}`. Out: how many lines had an error.
 */
export async function runBatch(
  chunks: AsyncIterable<Uint8Array>,
  answer: (text: string) => Readonly<Record<string, unknown>>,
  write: (text: string) => Promise<boolean>,
): Promise<number> {
  let number = 0;
  let problems = 0;
  for await (const line of linesOf(chunks)) {
    number += 1;
    if (line.ok && line.text.trim() === "") continue;
    const reply = answerLine(line, number, answer);
    if ("error" in reply) problems += 1;
    if (!(await write(`${JSON.stringify(reply)}\n`))) return problems;
  }
  return problems;
}

function answerLine(
  line: Line,
  number: number,
  answer: (text: string) => Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!line.ok) return problem(null, number, line.code);
  const item = readItem(line.text);
  if (item === null) return problem(idOf(line.text), number, "line.malformed");
  try {
    return { id: item.id, ...answer(item.text) };
  } catch {
    return problem(item.id, number, "line.failed");
  }
}

function problem(id: unknown, line: number, code: Problem): Readonly<Record<string, unknown>> {
  return { id, error: { code, message: PROBLEMS[code], line } };
}

/** In: a line. Out: null when it is not an object with an id and a text. */
export function readItem(line: string): Item | null {
  const value = parsed(line);
  if (value === null || value["id"] === undefined || typeof value["text"] !== "string") return null;
  return { id: value["id"], text: value["text"] };
}

function idOf(line: string): unknown {
  return parsed(line)?.["id"] ?? null;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(line.startsWith("\ufeff") ? line.slice(1) : line) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}
