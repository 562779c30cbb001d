import { RESULT_DEPTH_MAX } from "../limits.ts";
import type { Piece } from "./document.ts";

/**
 * What stands in brackets on one line of YAML, `{id: 7, to: [a, b]}`, as named strings. In: the text, and the
 * key that it stands under. Null for what opens no bracket or does not close it at its end.
 */
export function readFlow(text: string, key: string): readonly Piece[] | null {
  return flowOf(text.trim(), key, 0);
}

function flowOf(text: string, key: string, depth: number): readonly Piece[] | null {
  const list = text.startsWith("[") && text.endsWith("]");
  if (!list && !(text.startsWith("{") && text.endsWith("}"))) return null;
  const parts = depth > RESULT_DEPTH_MAX ? null : partsOf(text.slice(1, -1));
  return parts === null ? null : parts.flatMap((part) => pieceOf(part, key, list, depth));
}

function pieceOf(part: string, key: string, list: boolean, depth: number): readonly Piece[] {
  const [, quoted, name = quoted ?? key, value = part] =
    (list ? null : /^(?:"([^"]{1,64})"|([\w .-]{1,64}?)):(?: +(.*))?$/s.exec(part)) ?? [];
  const plain = value.trim();
  const text = /^(["'])(.*)\1$/s.exec(plain)?.[2] ?? plain;
  return flowOf(plain, name, depth + 1) ?? [{ key: name, text, prose: false }];
}

/** Parts between commas, those inside of quotes and brackets apart; null where brackets do not match. */
function partsOf(text: string): readonly string[] | null {
  const parts: string[] = [];
  let [start, open, quote] = [0, 0, ""];
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (quote !== "") quote = mark === quote ? "" : quote;
    else if (mark === '"' || (mark === "'" && /[\s,[{]/.test(text.charAt(at - 1)))) quote = mark;
    else if (mark === "[" || mark === "{") open += 1;
    else if (mark === "]" || mark === "}") open -= 1;
    else if (mark === "," && open === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (open < 0) return null;
  }
  parts.push(text.slice(start));
  return open === 0 ? parts.map((part) => part.trim()).filter((part) => part !== "") : null;
}
