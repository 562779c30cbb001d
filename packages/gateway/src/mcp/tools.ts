import { createHash } from "node:crypto";
import {
  canonicalize,
  isObject,
  type Json,
  type JsonObject,
  member,
  type ToolDefinition,
} from "@bylaw/core";
import type { ShownTool } from "./review.ts";

/** What a name means at an upstream: one definition, or several that nobody can choose between. */
export type Known = ToolDefinition | "ambiguous";

/** The tool definitions of one session's upstream, by exact name; always a whole listing or nothing. */
export interface ToolCache {
  /** Null while no listing has been read. */
  get(name: string): Known | "unknown" | null;
  /** Takes a whole listing with its time, in milliseconds; a name that occurs twice is ambiguous. */
  replace(definitions: readonly ToolDefinition[], at: number): void;
  /** Whether the listing that is known was read before a time; false while none is known. */
  olderThan(time: number): boolean;
  /** Forgets the listing if one of these definitions is not in it as it is. */
  compare(definitions: readonly ToolDefinition[]): void;
  /** The upstream says that its tools changed. */
  invalidate(): void;
  /** Counts changes, so that a listing that was overtaken by one is not taken for current. */
  readonly generation: number;
}

export function createToolCache(): ToolCache {
  return new Listing();
}

// A class: each of thousands of idle sessions has one, and closures would be copied for every one.
class Listing implements ToolCache {
  #known: ReadonlyMap<string, Known> | null = null;
  #generation = 0;
  #readAt = 0;

  get generation(): number {
    return this.#generation;
  }

  get(name: string): Known | "unknown" | null {
    return this.#known === null ? null : (this.#known.get(name) ?? "unknown");
  }

  olderThan(time: number): boolean {
    return this.#known !== null && this.#readAt < time;
  }

  replace(definitions: readonly ToolDefinition[], at: number): void {
    this.#readAt = at;
    const next = new Map<string, Known>();
    for (const definition of definitions)
      next.set(definition.name, next.has(definition.name) ? "ambiguous" : definition);
    this.#known = next;
  }

  compare(definitions: readonly ToolDefinition[]): void {
    const same = definitions.every((definition) => {
      const cached = this.#known?.get(definition.name);
      return cached === "ambiguous" || cached?.digest === definition.digest;
    });
    if (!same) this.invalidate();
  }

  invalidate(): void {
    this.#known = null;
    this.#generation += 1;
  }
}

const DIGESTED = [
  "name",
  "title",
  "description",
  "inputSchema",
  "outputSchema",
  "annotations",
] as const;

/** In: one entry of `tools/list`. Out: the definition with its digest; null for what is not a tool. */
function shownTool(entry: Json): ShownTool | null {
  if (!isObject(entry)) return null;
  const name = member(entry, "name");
  if (typeof name !== "string" || name === "") return null;
  const description = member(entry, "description");
  const content = contentOf(entry);
  return {
    content,
    definition: {
      digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
      name,
      description: typeof description === "string" ? description : "",
      inputSchema: objectAt(entry, "inputSchema"),
      annotations: objectAt(entry, "annotations"),
    },
  };
}

/** The canonical form of what a reader of the definition sees; absent parts stay absent. */
function contentOf(entry: JsonObject): string {
  const parts = DIGESTED.filter((key) => key in entry).map((key) => [key, entry[key] as Json]);
  return canonicalize(Object.fromEntries(parts) as JsonObject);
}

function objectAt(entry: JsonObject, key: string): JsonObject {
  const value = member(entry, key);
  return isObject(value) ? value : {};
}

/** One page of a `tools/list` result, as far as it can be read. */
export interface ToolPage {
  /** In the upstream's order; null for an entry that is not a tool. */
  readonly entries: readonly {
    readonly written: Json;
    readonly definition: ToolDefinition | null;
  }[];
  readonly shown: readonly ShownTool[];
  readonly definitions: readonly ToolDefinition[];
  readonly next: string | null;
}

/** Null when the result is not a page of tools at all. */
export function readPage(result: JsonObject): ToolPage | null {
  const written = member(result, "tools");
  if (!Array.isArray(written)) return null;
  const next = member(result, "nextCursor");
  const read = written.map((entry: Json) => ({ entry, tool: shownTool(entry) }));
  const shown = read.flatMap(({ tool }) => tool ?? []);
  return {
    entries: read.map(({ entry, tool }) => ({
      written: entry,
      definition: tool?.definition ?? null,
    })),
    shown,
    definitions: shown.map(({ definition }) => definition),
    next: typeof next === "string" ? next : null,
  };
}

/**
 * The page without the tools that must not be seen, or null when nothing has to go. Order and cursor
 * stay; an entry that is not a tool goes too, since nobody could judge it.
 */
export function filterPage(
  result: JsonObject,
  page: ToolPage,
  visible: (definition: ToolDefinition) => boolean,
): JsonObject | null {
  const names = new Map<string, number>();
  for (const { name } of page.definitions) names.set(name, (names.get(name) ?? 0) + 1);
  const kept = page.entries.filter(
    ({ definition }) =>
      definition !== null && names.get(definition.name) === 1 && visible(definition),
  );
  if (kept.length === page.entries.length) return null;
  return { ...result, tools: kept.map(({ written }) => written) };
}
