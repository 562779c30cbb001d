import { createHash } from "node:crypto";
import {
  canonicalize,
  fail,
  isObject,
  type Json,
  type JsonObject,
  ok,
  type Result,
  type ToolDefinition,
} from "@bylaw/core";
import type { ToolSets, Trace, TraceStep } from "./replay.ts";

/** Reads one line of a trace file. Errors say what is missing; labels and other keys are not read. */
export function readTrace(line: string): Result<Trace, string> {
  const value = parsed(line);
  if (!isObject(value)) return fail("not a JSON object");
  const { id, suite, prompt, steps } = value;
  if (typeof id !== "string" || id === "") return fail("`id` is not a string");
  if (typeof suite !== "string") return fail("`suite` is not a string");
  if (typeof prompt !== "string") return fail("`prompt` is not a string");
  if (!Array.isArray(steps)) return fail("`steps` is not a list");
  const read: TraceStep[] = [];
  for (const [at, step] of (steps as readonly Json[]).entries()) {
    if (!isObject(step) || typeof step["tool"] !== "string" || !isObject(step["args"] ?? null))
      return fail(`step ${at} has no \`tool\` and \`args\``);
    read.push({
      tool: step["tool"],
      args: step["args"] as JsonObject,
      result: textOf(step["result"]),
      error: step["error"] === null || step["error"] === undefined ? null : textOf(step["error"]),
    });
  }
  return ok({ id, suite, prompt, steps: read });
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Reads tool definitions by suite: `{suite: [{name, description, inputSchema}]}`. */
export function readTools(text: string): Result<ToolSets, string> {
  const value = parsed(text);
  if (!isObject(value)) return fail("not a JSON object");
  const sets = new Map<string, ReadonlyMap<string, ToolDefinition>>();
  for (const [suite, list] of Object.entries(value)) {
    if (!Array.isArray(list)) return fail(`\`${suite}\` is not a list of tools`);
    const tools = new Map<string, ToolDefinition>();
    for (const tool of list as readonly Json[]) {
      const definition = definitionOf(tool);
      if (definition === null) return fail(`\`${suite}\` has a tool without a name`);
      tools.set(definition.name, definition);
    }
    sets.set(suite, tools);
  }
  return ok(sets);
}

function definitionOf(tool: Json): ToolDefinition | null {
  if (!isObject(tool) || typeof tool["name"] !== "string") return null;
  const schema = tool["inputSchema"] ?? {};
  const annotations = tool["annotations"] ?? {};
  return {
    digest: `sha256:${createHash("sha256").update(canonicalize(tool)).digest("hex")}`,
    name: tool["name"],
    description: textOf(tool["description"]),
    inputSchema: isObject(schema) ? schema : {},
    annotations: isObject(annotations) ? annotations : {},
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
