import type { Effect, Facts } from "../facts.ts";
import type { ShieldCategory, ShieldScope } from "./entry.ts";

/** Operations that put text before a model. */
const PROMPTING: ReadonlySet<string> = new Set([
  "prompts/get",
  "sampling/createMessage",
  "elicitation/create",
]);

const INSTALLS: ReadonlySet<string> = new Set(["install", "create", "update", "publish"]);
/** An agent runs a skill by reading it. */
const EXECUTES: ReadonlySet<string> = new Set(["execute", "read", "connect", "spawn"]);
const CHANGES: ReadonlySet<string> = new Set(["create", "update", "delete", "configure"]);

export function isPrompt({ action, effects }: Pick<Facts, "action" | "effects">): boolean {
  return (
    action.gateway === "llm" ||
    PROMPTING.has(action.operation) ||
    effects.some(({ resource }) => resource.type === "Model")
  );
}

export function isToolCall({ action }: Pick<Facts, "action">): boolean {
  return action.operation === "tools/call" || (action.gateway !== "mcp" && action.target !== null);
}

/** The scope of an effect on a skill; null for what neither brings one in nor runs one. */
export function skillScope({ action, resource }: Effect): "skill.install" | "skill.execute" | null {
  if (resource.type !== "Skill") return null;
  if (INSTALLS.has(action)) return "skill.install";
  return EXECUTES.has(action) ? "skill.execute" : null;
}

/** Whether an effect writes an agent's memory or the text that agents read as orders. */
function writesMemory({ action, resource }: Effect): boolean {
  if (action === "remember") return true;
  const instructs = resource.parents.some(
    ({ type, id }) => type === "Class" && id === "instructions",
  );
  return instructs && CHANGES.has(action);
}

/**
 * Where an action happens, as far as an entry whose directive nobody could read may be about it:
 * the scope, or null. Only for that purpose; a condition that parses is never held back by category.
 */
export function alignedScope(category: ShieldCategory, facts: Facts): ShieldScope | null {
  switch (category) {
    case "prompt":
    case "fraud":
      return isPrompt(facts) ? "prompt" : null;
    case "skill":
    case "supply_chain":
      return facts.effects.map(skillScope).find((scope) => scope !== null) ?? null;
    case "tool":
    case "vulnerability":
    case "policy_bypass":
      return isToolCall(facts) ? "tool.call" : null;
    case "mcp":
      return facts.action.gateway === "mcp" ? "mcp" : null;
    case "memory":
      return facts.effects.some(writesMemory) ? "tool.call" : null;
    case "anomaly":
    case "other":
      return null;
  }
}
