import { createHash } from "node:crypto";
import { canonicalize, type JsonObject } from "@bylaw/core";
import type { WorldFile } from "./place.ts";
import type { ToolSpec } from "./tools.ts";

/** A tool as `tools/list` has it. */
export function definitionOf(
  system: string,
  { name, about, hints }: ToolSpec,
  redefined: WorldFile["redefined"],
): JsonObject {
  return {
    name,
    description: redefined[`${system}/${name}`] ?? about,
    inputSchema: { type: "object" },
    annotations: hints,
  };
}

/** Digest of a tool as its server first lists it, in the form that catalogs have. */
export function definitionDigest(system: string, tool: ToolSpec): string {
  const text = canonicalize(definitionOf(system, tool, {}));
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
