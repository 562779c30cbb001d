import { fail, isObject, type JsonObject, member, ok, parseStrict, type Result } from "@bylaw/core";
import type { Names } from "./names.ts";
import { entriesOf, type ListKind, textOf } from "./outward.ts";

/** In a merged list's `_meta`: the servers that it lacks, each with the code of why. */
const MISSING_KEY = "dev.bylaw/missing";

/** What came of asking one server for a page: a result, or a code. */
export type Ask = (upstream: string, params: JsonObject) => Promise<Result<JsonObject, string>>;

/** Characters of one server's cursor; one that would need more cannot be gone on from. */
const CURSOR_CHARS_MAX = 2_048;

/**
 * One page of all servers: the next page of each that has one. A server that does not answer is left out
 * of it, and the page says so; what policy keeps from this caller is left out in silence.
 *
 * Fails with `params.arguments` for a cursor that is none of this gateway's.
 */
export async function mergeList(
  names: Names,
  kind: ListKind,
  params: JsonObject,
  ask: Ask,
): Promise<Result<{ readonly result: JsonObject; readonly parts: readonly JsonObject[] }, string>> {
  const wanted = cursorsOf(names, member(params, "cursor"));
  if (wanted === null) return fail("params.arguments");
  const asked = await Promise.all(
    [...wanted].map(async ([upstream, cursor]) => ({
      upstream,
      page: await ask(upstream, cursor === null ? {} : { cursor }),
    })),
  );
  const entries: JsonObject[] = [];
  const parts: JsonObject[] = [];
  const missing: Record<string, string> = {};
  const next: Record<string, string> = {};
  for (const { upstream, page } of asked) {
    if (!page.ok) {
      if (isFailure(page.error)) missing[upstream] = page.error;
      continue;
    }
    const written = entriesOf(kind, page.value);
    const cursor = member(page.value, "nextCursor");
    if (written === null) {
      missing[upstream] = "upstream.garbage";
      continue;
    }
    parts.push(page.value);
    for (const entry of written) {
      const shown = kind.show(names, upstream, entry);
      if (shown !== null) entries.push(shown);
    }
    if (typeof cursor !== "string") continue;
    if (cursor.length <= CURSOR_CHARS_MAX) next[upstream] = cursor;
    else missing[upstream] = "upstream.tools";
  }
  const result: JsonObject = {
    [kind.key]: entries.filter(
      ({ name }) => kind.key.startsWith("resource") || !names.ambiguous(textOf(name)),
    ),
    ...(Object.keys(next).length === 0 ? {} : { nextCursor: encodeCursors(next) }),
    ...(Object.keys(missing).length === 0 ? {} : { _meta: { [MISSING_KEY]: missing } }),
  };
  return ok({ result, parts });
}

/** A server that failed is named; one that policy keeps from this caller is not. */
function isFailure(code: string): boolean {
  return code.startsWith("upstream.") || code === "limit.sessions";
}

function encodeCursors(next: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(next)).toString("base64url");
}

/** Whom to ask, and from where each goes on; all from the start without a cursor. */
function cursorsOf(names: Names, cursor: unknown): ReadonlyMap<string, string | null> | null {
  if (cursor === undefined) return new Map(names.upstreams.map((upstream) => [upstream, null]));
  if (typeof cursor !== "string") return null;
  const read = parseStrict(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!read.ok || !isObject(read.value)) return null;
  const pairs = Object.entries(read.value);
  const valid = pairs.every(
    ([upstream, own]) => names.upstreams.includes(upstream) && typeof own === "string",
  );
  return valid && pairs.length > 0 ? new Map(pairs as [string, string][]) : null;
}
