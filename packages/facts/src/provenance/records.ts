import { countOf, recordOf } from "./marks.ts";
import { type PromptScope, plainNumber } from "./prompt.ts";
import { authorAt, type IndexedText, type Span, spanAt, textOf } from "./spans.ts";
import { stem } from "./stem.ts";
import { contains, wordsOfText } from "./text.ts";

/** Subject words and names of the request in the short fields of a record. */
export function linkOf(indexed: IndexedText, record: number, scope: PromptScope): number {
  const shared = new Set<string>();
  for (const span of spansOf(indexed, record)) {
    if (span.kind === "prose") continue;
    const text = textOf(indexed, span);
    for (const word of wordsOfText(text.replaceAll("_", " "))) {
      const key = stem(word);
      if (scope.content.has(key)) shared.add(key);
    }
    if (/^[\d.,]+$/.test(text) && scope.numbers.has(plainNumber(text))) shared.add(text);
  }
  return shared.size;
}

/** Whether somebody the person named wrote the record; null where it does not say who did. */
export function writtenBy(
  indexed: IndexedText,
  record: number,
  scope: PromptScope,
): boolean | null {
  const author = authoredBy(indexed, record, scope);
  if (author !== null) return author;
  for (const span of spansOf(indexed, record))
    if (span.kind === "field" && mentions(textOf(indexed, span), scope)) return true;
  return null;
}

/** Whether the record names its author, and as somebody the person named. */
export function authoredBy(
  indexed: IndexedText,
  record: number,
  scope: PromptScope,
): boolean | null {
  const author = authorAt(indexed, record);
  return author === null ? null : mentions(author, scope);
}

function mentions(text: string, { names, text: prompt }: PromptScope): boolean {
  return (
    (text.includes("@") && text.split(" ").some((piece) => contains(prompt, piece))) ||
    wordsOfText(text.replaceAll("_", " ")).some((word) => names.has(word)) ||
    // `jobs@brookplumbing.example` for what the person calls Brook.
    (text.includes("@") && [...names].some((name) => name.length >= 5 && text.includes(name)))
  );
}

export function* spansOf(indexed: IndexedText, record: number): Generator<Span> {
  const count = countOf(indexed.marks);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (recordOf(indexed.marks, middle) < record) low = middle + 1;
    else high = middle;
  }
  const end = Math.min(count, low + RECORD_SPANS_MAX);
  for (let at = low; at < end; at += 1) {
    const span = spanAt(indexed, at);
    if (span.record !== record) return;
    yield span;
  }
}

/** Spans of one record that are looked at for what ties it to the request. */
const RECORD_SPANS_MAX = 64;
