import { canonicalize, isObject, type Json, type JsonObject, member } from "@bylaw/core";

/** Coding agents whose hooks are understood. */
export const CLIENT_IDS = [
  "claude-code",
  "codex",
  "gemini-cli",
  "cursor",
  "copilot-cli",
  "openclaw",
] as const;
export type ClientId = (typeof CLIENT_IDS)[number];

/** A tool call that a client is about to make. */
export interface HookCall {
  /** The client's own run, and the call in it: to find the call again when its result comes. */
  readonly run: string;
  readonly key: string;
  /** The MCP server as the client calls it; null for the client's own tools. */
  readonly server: string | null;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Folder that the client works in; null where it does not say. */
  readonly cwd: string | null;
}

/** What a hook tells, in terms that all clients share. Everything in it is the client's word. */
export type HookEvent =
  | { readonly kind: "call"; readonly call: HookCall }
  /** Something that happens by itself once it is allowed: no result follows. */
  | { readonly kind: "change"; readonly call: HookCall }
  | {
      readonly kind: "result";
      readonly run: string;
      readonly key: string;
      readonly failed: boolean;
      readonly output: Json;
    }
  | {
      readonly kind: "prompt";
      readonly run: string;
      readonly text: string;
      readonly byUser: boolean;
    }
  /** Something that happened and that no answer changes; what is done because of it is decided then. */
  | { readonly kind: "told"; readonly run: string }
  /** A run starts, ends, or finishes its turn: what has no result by now gets none. */
  | { readonly kind: "pause"; readonly run: string };

/** What a client is told. */
export type Ruling =
  | { readonly kind: "pass" }
  | { readonly kind: "refuse"; readonly words: string }
  /** The result goes on in another form; only for clients that can. */
  | { readonly kind: "replace"; readonly output: Json };

/** What the hook's process does: exit code and both its outputs. */
export interface HookAnswer {
  readonly exit: 0 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** One client: what its hooks say, and what they are answered. Pure. */
export interface HookClient {
  readonly id: ClientId;
  /** Whether the client takes another result in place of a tool's own. */
  readonly replacesResults: boolean;
  /** In: the payload, and the event's name where the payload has none. Null: not understood. */
  readonly decode: (payload: JsonObject, event: string | null) => HookEvent | null;
  readonly encode: (event: HookEvent, ruling: Ruling) => HookAnswer;
}

/** The answer with a JSON body; the exit code zero makes the client read it. */
export function say(body: JsonObject): HookAnswer {
  return { exit: 0, stdout: `${JSON.stringify(body)}\n`, stderr: "" };
}

/** The answer that refuses whatever it is given to, in every client that knows exit code 2. */
export function stop(words: string): HookAnswer {
  return { exit: 2, stdout: "", stderr: `${words}\n` };
}

/** Nothing to object to: the client goes on with its own checks. */
export const NO_OBJECTION: HookAnswer = say({});

/** A text member; null for anything else. */
export function textAt(object: JsonObject, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = member(object, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** An object member; null for anything else. Some clients send it as a JSON text. */
export function objectAt(object: JsonObject, name: string): JsonObject | null {
  const value = member(object, name);
  return isObject(value) ? value : null;
}

/** Finds a call again where the client gives it no id: the same tool with the same arguments. */
export function keyOf(id: string | null, tool: string, args: JsonObject): string {
  return id ?? canonicalize({ tool, arguments: args });
}

/**
 * The arguments without what a model writes about its call for people to read: the action is the same
 * whatever it says (invariant 1), and so is an approval of it.
 */
export function withoutNarration(args: JsonObject): JsonObject {
  if (typeof member(args, "command") !== "string") return args;
  return Object.fromEntries(Object.entries(args).filter(([name]) => name !== "description"));
}

/**
 * `mcp__server__tool`, as several clients name the tools of MCP servers. Null for any other name, and
 * for one that can be taken apart in two ways: it stays whole, a tool that nobody knows.
 */
export function mcpTool(
  name: string,
  known: string | null = null,
): { readonly server: string; readonly tool: string } | null {
  const prefix = `mcp__${known ?? ""}__`;
  if (known !== null && name.startsWith(prefix) && name.length > prefix.length)
    return { server: known, tool: name.slice(prefix.length) };
  const rest = name.startsWith("mcp__") ? name.slice("mcp__".length) : "";
  const split = rest.indexOf("__");
  if (split < 1 || split + 2 >= rest.length || rest.includes("__", split + 1)) return null;
  return { server: rest.slice(0, split), tool: rest.slice(split + 2) };
}
