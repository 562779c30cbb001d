import { isArray, isObject, type Json } from "@bylaw/core";
import { HOOK_PROGRAM } from "./hooks.ts";
import { plain, readJsonc } from "./jsonc.ts";
import { readToml } from "./toml.ts";

/**
 * Why a client runs no hooks, or not Bylaw's, by what one of its files says; null where nothing in the
 * file keeps it from that, or the file cannot be read.
 */
export type Muted = (path: string, text: string) => string | null;

function json(text: string): Readonly<Record<string, Json>> {
  const read = readJsonc(text);
  const value = read.ok ? plain(read.value) : null;
  return isObject(value) ? value : {};
}

/** Managed hooks of others shut out those of users, which Bylaw's may be. */
const SHUT_OUT = "lets no hooks run but managed ones, and Bylaw's is none of them";

export const mutedClaude: Muted = (_path, text) => {
  const settings = json(text);
  if (settings["disableAllHooks"] === true) return "has `disableAllHooks`";
  const others = settings["allowManagedHooksOnly"] === true && !text.includes(HOOK_PROGRAM);
  return others ? SHUT_OUT : null;
};

/** Handlers that Codex knows; with any other it takes no hook of the file. */
const CODEX_HANDLERS = new Set<Json>(["command", "mcp_tool", "prompt", "agent"]);

export const mutedCodex: Muted = (path, text) => (path.endsWith(".toml") ? toml(text) : list(text));

function list(text: string): string | null {
  const { hooks } = json(text);
  const groups = isObject(hooks) ? Object.values(hooks).flatMap(items) : [];
  const handlers = groups.flatMap((group) => (isObject(group) ? items(group["hooks"]) : []));
  const odd = handlers.find((one) => !isObject(one) || !CODEX_HANDLERS.has(one["type"] ?? null));
  if (odd === undefined) return null;
  const type = isObject(odd) ? JSON.stringify(odd["type"] ?? null) : "no object";
  return `has a handler of the type ${type}, for which Codex leaves out every hook of the file`;
}

function items(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

function toml(text: string): string | null {
  const read = readToml(text);
  const pairs = (read.ok ? read.value : []).flatMap((table) =>
    table.pairs.map(({ key, value }) => [[...table.path, ...key].join("."), value] as const),
  );
  const says = new Map(pairs);
  if (says.get("features.hooks") === false) return "has `hooks = false` among its features";
  const others = says.get("allow_managed_hooks_only") === true && !text.includes(HOOK_PROGRAM);
  return others ? SHUT_OUT : null;
}

export const mutedGemini: Muted = (_path, text) => {
  const { hooksConfig } = json(text);
  if (!isObject(hooksConfig)) return null;
  if (hooksConfig["enabled"] === false) return "has `hooksConfig.enabled: false`";
  const named = items(hooksConfig["disabled"]).some(
    (name) => name === "bylaw" || (typeof name === "string" && name.includes(HOOK_PROGRAM)),
  );
  return named ? "lists Bylaw's hook in `hooksConfig.disabled`" : null;
};

/** Of a file with Bylaw's hooks: whether it has comments, trailing commas or a byte order mark in it. */
function loose(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return text.includes(HOOK_PROGRAM);
  }
}

export const mutedCopilot: Muted = (_path, text) => {
  if (json(text)["disableAllHooks"] === true) return "has `disableAllHooks`";
  return loose(text) ? "is not plain JSON, and Copilot CLI takes no hook of such a file" : null;
};

export const mutedCursor: Muted = (_path, text) =>
  loose(text) ? "is not plain JSON, and nobody knows whether Cursor reads such a file" : null;
