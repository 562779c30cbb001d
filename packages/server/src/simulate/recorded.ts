import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";

/** What happened in a session of an agent that nothing governed, in order. */
export type RecordedEvent =
  | { readonly kind: "prompt"; readonly text: string }
  | {
      readonly kind: "call";
      /** Whose tool it is: a server's name, or `client` for what the client itself brings. */
      readonly upstream: string;
      readonly tool: string;
      readonly arguments: JsonObject;
      /** What came back; null where the record does not say. */
      readonly result: string | null;
      readonly cwd: string | null;
    };

export interface RecordedSession {
  readonly id: string;
  readonly events: readonly RecordedEvent[];
}

/** Takes the lines of one file, in any order of sessions; what it does not know it leaves out. */
export interface Recording {
  /** False when the line is no JSON object or none of this format. */
  take(line: Json): boolean;
  sessions(): readonly RecordedSession[];
}

/** `mcp__server__tool` is a server's tool; any other name is the client's own. */
export function toolNamed(name: string): { readonly upstream: string; readonly tool: string } {
  const found = /^mcp__(.+?)__(.+)$/.exec(name);
  return found === null
    ? { upstream: CLIENT, tool: name }
    : { upstream: found[1] as string, tool: found[2] as string };
}

export const CLIENT = "client";

/** A text, or the texts of a list of blocks. */
export function textOf(content: Json | undefined): string | null {
  if (typeof content === "string") return content;
  if (!isArray(content)) return null;
  const texts = content.flatMap((block) =>
    isObject(block) && typeof block["text"] === "string" ? [block["text"]] : [],
  );
  return texts.length === 0 ? null : texts.join("\n");
}
