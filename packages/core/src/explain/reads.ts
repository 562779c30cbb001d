import type { EntityRef } from "../facts.ts";
import { isArray, isObject, type Json, type JsonObject } from "../json/json.ts";

/** A variable, attribute or argument that an expression reads, `context.quantity.atMost`. */
export interface Read {
  readonly path: readonly string[];
  readonly expression: JsonObject;
}

/** What an expression mentions: enough to know which facts it depends on. */
export interface Mentions {
  /** Longest paths, each once. */
  readonly reads: readonly Read[];
  readonly integers: readonly number[];
  readonly entities: readonly EntityRef[];
  /** Texts of `datetime` literals. */
  readonly times: readonly string[];
}

/** Everything that an expression of Cedar's JSON form reads and compares with. */
export function mentionsOf(expression: Json): Mentions {
  const reads = new Map<string, Read>();
  const integers = new Set<number>();
  const entities = new Map<string, EntityRef>();
  const times = new Set<string>();

  function literal(value: Json): void {
    if (typeof value === "number") integers.add(value);
    if (isArray(value)) value.forEach(literal);
    if (!isObject(value)) return;
    const ref = value["__entity"];
    if (isObject(ref) && typeof ref["type"] === "string" && typeof ref["id"] === "string")
      entities.set(`${ref["type"]}::${ref["id"]}`, { type: ref["type"], id: ref["id"] });
  }

  function visit(value: Json): void {
    if (isArray(value)) return value.forEach(visit);
    if (!isObject(value)) return;
    const path = pathOf(value);
    if (path !== null) {
      reads.set(path.join("\0"), { path, expression: value });
      return;
    }
    for (const [operator, operands] of Object.entries(value)) {
      if (operator === "Value") literal(operands);
      else if (operator === "datetime") timesIn(operands).forEach((text) => times.add(text));
      // Keys of a record literal are the author's own names, and one may be called `Value`.
      else if (operator === "Record" && isObject(operands)) Object.values(operands).forEach(visit);
      else visit(operands);
    }
  }

  visit(expression);
  return {
    reads: [...reads.values()],
    integers: [...integers].sort((a, b) => a - b),
    entities: [...entities.values()],
    times: [...times].sort(),
  };
}

/** The path that an expression is: `["context", "quantity", "atMost"]`; null where it is none. */
function pathOf(expression: Json | undefined): readonly string[] | null {
  if (!isObject(expression)) return null;
  if (typeof expression["Var"] === "string") return [expression["Var"]];
  const access = expression["."];
  if (isObject(access) && typeof access["attr"] === "string") {
    const base = pathOf(access["left"]);
    return base === null ? null : [...base, access["attr"]];
  }
  const tag = expression["getTag"];
  if (!isObject(tag) || !isObject(tag["right"])) return null;
  const base = pathOf(tag["left"]);
  const key = tag["right"]["Value"];
  return base === null || typeof key !== "string" ? null : [...base, key];
}

/** A path as a policy writes it. */
export function pathText(path: readonly string[]): string {
  if (path[0] === "context" && path[1] === "args" && path.length === 4)
    return `context.args.${path[2]}.getTag(${JSON.stringify(path[3])})`;
  return path.join(".");
}

function timesIn(operands: Json): readonly string[] {
  if (!isArray(operands)) return [];
  return operands.flatMap((operand) => {
    const text = isObject(operand) ? operand["Value"] : undefined;
    return typeof text === "string" ? [text] : [];
  });
}
