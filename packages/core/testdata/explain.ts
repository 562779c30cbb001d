import type { Bundle, Json, PolicyMeta, WrittenClause, WrittenPolicy } from "../src/index.ts";
import { ACTIONS, compilePolicies, readActions } from "../src/index.ts";
import { bundleOf } from "./decide.ts";

export const variable = (name: string): Json => ({ Var: name });
export const value = (of: Json): Json => ({ Value: of });
export const entityOf = (type: string, id: string): Json => value({ __entity: { type, id } });
export const op = (name: string, left: Json, right: Json): Json => ({ [name]: { left, right } });

/** `context.quantity.atMost`, as an expression. */
export function path(text: string): Json {
  const [first = "", ...rest] = text.split(".");
  return rest.reduce<Json>((left, attr) => ({ ".": { left, attr } }), variable(first));
}

export function clause(
  expression: Json,
  parts: Partial<Omit<WrittenClause, "expression">> = {},
): WrittenClause {
  const where = { part: "when", line: 1, column: 1, join: null, parts: [] } as const;
  return { ...where, text: JSON.stringify(expression), ...parts, expression };
}

const SCHEMA = { "": { actions: Object.fromEntries(ACTIONS.map((id) => [id, {}])) } };
const ALL = { op: "All" };

/** A bundle whose policies are what their clauses say, evaluated by the real engine. */
export function writtenBundle(
  policies: readonly (readonly [PolicyMeta, ...WrittenClause[]])[],
): Bundle {
  const hierarchy = readActions(SCHEMA);
  const engine = compilePolicies(
    policies.map(([{ id, effect }, ...clauses]) => ({
      id,
      est: {
        effect,
        principal: ALL,
        action: ALL,
        resource: ALL,
        conditions: clauses.map(({ part, expression }) => ({
          kind: part === "unless" ? part : "when",
          body: expression,
        })),
      },
    })),
    SCHEMA,
  );
  if (!hierarchy.ok || !engine.ok) throw new Error(JSON.stringify([hierarchy, engine]));
  const texts = new Map<string, WrittenPolicy>(
    policies.map(([{ id }, ...clauses]) => [id, { file: "p.cedar", line: 1, clauses }]),
  );
  return {
    ...bundleOf(policies.map(([meta]) => meta)),
    engine: engine.value,
    written: { actions: hierarchy.value, policy: (id) => texts.get(id) ?? null },
  };
}
