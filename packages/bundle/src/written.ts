import {
  type ClausePart,
  isObject,
  type Json,
  type JsonObject,
  readActions,
  type WrittenClause,
  type WrittenPolicies,
  type WrittenPolicy,
} from "@bylaw/core";
import type { Est } from "./est.ts";
import type { Model } from "./model.ts";
import { positionOf, type Span } from "./source.ts";
import { splitPolicies, type Token } from "./split.ts";

/** Where a policy stands, beside its JSON form. Tokens are cut again on demand: they take more room. */
interface Place extends Span {
  readonly est: Est;
}

/** The policies as their authors wrote them, put together when somebody asks. */
export function writtenPolicies(
  policies: Iterable<{
    readonly meta: { readonly id: string };
    readonly statement: Span;
    readonly est: Est;
  }>,
  model: Model,
): WrittenPolicies {
  const places = new Map<string, Place>();
  for (const { meta, statement, est } of policies) {
    const { source, start, end } = statement;
    places.set(meta.id, { source, start, end, est });
  }
  const actions = readActions(model.json);
  if (!actions.ok) throw new Error(`schema: ${actions.error.message}`); // the engine has read it
  const read = new Map<string, WrittenPolicy>();
  return {
    actions: actions.value,
    policy(id): WrittenPolicy | null {
      const place = places.get(id);
      if (place === undefined) return null;
      const known = read.get(id) ?? written(place);
      read.set(id, known);
      return known;
    },
  };
}

function written({ source, start, end, est }: Place): WrittenPolicy {
  const tokens = tokensIn({ source, start, end });
  const head = tokens.findIndex(
    ({ text }, index) =>
      (text === "permit" || text === "forbid") && tokens[index - 1]?.text !== "@",
  );
  const body = tokens.slice(head + 1);
  const { line } = positionOf(source.text, tokens[head]?.start ?? start);
  return {
    file: source.file,
    line,
    clauses: [...scopeClauses(body, est), ...conditions(body, est)],
  };
}

function tokensIn({ source, start, end }: Span): readonly Token[] {
  const [statement] = splitPolicies({ ...source, text: source.text.slice(start, end) });
  return (statement?.tokens ?? []).map((token) => ({
    source,
    start: token.start + start,
    end: token.end + start,
    text: token.text,
  }));
}

const SCOPES = ["principal", "action", "resource"] as const;

function scopeClauses(body: readonly Token[], est: Est): readonly WrittenClause[] {
  const scope = body.slice(1, closing(body, 0));
  const texts = separated(scope, ",");
  return SCOPES.flatMap((part, index) => {
    const expression = scopeExpression(part, est[part]);
    return expression === null ? [] : [leaf(part, texts[index] ?? scope, expression)];
  });
}

/** A scope as the expression that means the same; null for one that asks for nothing. */
function scopeExpression(part: ClausePart, scope: JsonObject): Json | null {
  const left = { Var: part };
  const entity = (of: JsonObject): Json => ({ Value: { __entity: of["entity"] ?? null } });
  switch (scope["op"]) {
    case "==":
      return { "==": { left, right: entity(scope) } };
    case "in":
      return { in: { left, right: groupsOf(scope) ?? entity(scope) } };
    case "is": {
      const inside = scope["in"];
      const type = { left, entity_type: scope["entity_type"] ?? null };
      return { is: isObject(inside) ? { ...type, in: entity(inside) } : type };
    }
    default:
      return null;
  }
}

function groupsOf({ entities }: JsonObject): Json | null {
  if (!Array.isArray(entities)) return null;
  return { Set: entities.map((entity: Json) => ({ Value: { __entity: entity } })) };
}

/** `when` has every part of its `&&` as a clause; `unless`, every part of its `||`. */
function conditions(body: readonly Token[], est: Est): readonly WrittenClause[] {
  let from = closing(body, 0) + 1;
  return est.conditions.flatMap(({ kind, body: expression }) => {
    const open = from + 1;
    const close = closing(body, open);
    from = close + 1;
    const whole = clauseOf(kind, body.slice(open + 1, close), expression);
    const splits = kind === "when" ? "and" : "or";
    return whole.join === splits ? whole.parts : [whole];
  });
}

/** An expression with its text, cut at `&&` or `||` as far as text and JSON form agree. */
function clauseOf(part: ClausePart, tokens: readonly Token[], expression: Json): WrittenClause {
  const inner = unwrapped(tokens);
  const operator = isObject(expression) ? Object.keys(expression)[0] : undefined;
  const whole = leaf(part, inner, expression);
  if (operator !== "&&" && operator !== "||") return whole;
  const pieces = separated(inner, operator);
  if (inner[0]?.text === "if" || pieces.length < 2) return whole;
  const operands = operandsOf(expression, operator, pieces.length);
  if (operands === null) return whole;
  const parts = pieces.map((piece, index) => clauseOf(part, piece, operands[index] ?? null));
  return { ...whole, join: operator === "&&" ? "and" : "or", parts };
}

/** The operands of a row of one operator, which the JSON form nests to the left. */
function operandsOf(expression: Json, operator: string, count: number): readonly Json[] | null {
  const operands: Json[] = [];
  let rest = expression;
  while (operands.length < count - 1) {
    const sides = isObject(rest) ? rest[operator] : undefined;
    if (!isObject(sides) || sides["left"] === undefined || sides["right"] === undefined)
      return null;
    operands.unshift(sides["right"]);
    rest = sides["left"];
  }
  return [rest, ...operands];
}

function leaf(part: ClausePart, tokens: readonly Token[], expression: Json): WrittenClause {
  const first = tokens[0];
  const place = first === undefined ? null : positionOf(first.source.text, first.start);
  const { line = 1, column = 1 } = place ?? {};
  return { part, text: textOf(tokens), line, column, expression, join: null, parts: [] };
}

/** On one line: comments and line ends between the tokens become a space. */
function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token, index) => {
      const before = tokens[index - 1];
      return before !== undefined && before.end < token.start ? ` ${token.text}` : token.text;
    })
    .join("");
}

/** Index of the bracket that closes the one at `open`; the last token where the text has none. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    depth += nesting(tokens[at]);
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}

function nesting(token: Token | undefined): number {
  if (token === undefined) return 0;
  if (["(", "[", "{"].includes(token.text)) return 1;
  return [")", "]", "}"].includes(token.text) ? -1 : 0;
}

/** Without the round brackets that hold the whole of it. */
function unwrapped(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens;
  while (inner[0]?.text === "(" && closing(inner, 0) === inner.length - 1)
    inner = inner.slice(1, -1);
  return inner;
}

/** The pieces between a separator outside all brackets; `&&` and `||` are two tokens each. */
function separated(
  tokens: readonly Token[],
  separator: "," | "&&" | "||",
): readonly (readonly Token[])[] {
  const pieces: Token[][] = [[]];
  let depth = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    depth += nesting(token);
    const next = tokens[at + separator.length - 1];
    const found =
      depth === 0 &&
      token.text === separator[0] &&
      (separator.length === 1 || next?.text === separator[1]);
    if (!found) pieces.at(-1)?.push(token);
    else {
      pieces.push([]);
      at += separator.length - 1;
    }
  }
  return pieces;
}
