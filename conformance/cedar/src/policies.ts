import type { EntityRef, ExactJson, ExactObject } from "../../../packages/core/dist/index.js";
import type { Chooser } from "./random.ts";
import {
  ACTIONS,
  escape,
  FINDINGS,
  GROUPS,
  IDS,
  ORIGINS,
  PLACES,
  RESOURCES,
  reference,
} from "./world.ts";

// Random policies over Bylaw's schema: mostly of the right types, now and then not, because what an
// evaluation error does is part of the meaning.

const STRAY = 0.03;

type Kind =
  | "bool"
  | "long"
  | "string"
  | "entity"
  | "set"
  | "datetime"
  | "duration"
  | "decimal"
  | "ip";
const KINDS: readonly Kind[] = [
  "bool",
  "long",
  "string",
  "entity",
  "set",
  "datetime",
  "duration",
  "decimal",
  "ip",
];

/** Where the context holds values of a kind; `chain.onBehalfOf` is optional. */
const PATHS: Partial<Record<Kind, readonly string[]>> = {
  bool: [
    "args.complete",
    "reversible",
    "origin.untrusted",
    "session.untrusted",
    "session.attended",
    "task.declared",
    "task.inScope",
    "task.locked",
    "quantity.known",
  ],
  long: [
    "quantity.atMost",
    "bytes.atMost",
    "cost.atMost",
    "session.depth",
    "counts.calls_1m",
    "counts.deletes_1h",
    "counts.spend_1d",
  ],
  string: ["session.id"],
  entity: ["gateway", "tool", "source", "audience", "chain.onBehalfOf"],
  set: [
    "data.labels",
    "origin.target",
    "origin.payload",
    "findings",
    "session.labels",
    "session.origins",
    "chain.agents",
  ],
  datetime: ["now"],
};

/** Attributes that some, never all, resources have. */
const ATTRIBUTES: Partial<Record<Kind, readonly string[]>> = {
  bool: ["private", "pinned", "inspected", "external", "reviewed"],
  long: ["port", "ageHours"],
  string: ["path", "name", "kind", "ecosystem"],
  set: ["clears"],
};

const TEXTS: Readonly<Record<"datetime" | "duration" | "decimal" | "ip", readonly string[]>> = {
  datetime: ["2026-02-03", "2026-05-01T00:00:00Z", "2026-02-30"],
  duration: ["1d", "36h", "-5m1ms", "1h1d"],
  decimal: ["0.5", "-1.25", "100.0", "1.23456"],
  ip: ["10.0.0.1", "10.0.0.0/8", "::1", "10.0.0.256"],
};

export function policy(choose: Chooser): ExactObject {
  const effect = choose.chance(0.6) ? "permit" : "forbid";
  const count = choose.pick([0, 0, 1, 1, 1, 2]);
  return {
    effect,
    principal: scope(choose, ["User", "Agent"], ["Group"]),
    action: actionScope(choose),
    resource: scope(choose, RESOURCES, ["Environment", "Class", "Label", "Workspace", "Domain"]),
    conditions: Array.from({ length: count }, () => ({
      kind: choose.chance(0.8) ? "when" : "unless",
      body: expression("bool", 1 + choose.below(4), choose),
    })),
  };
}

function scope(choose: Chooser, types: readonly string[], places: readonly string[]): ExactJson {
  const place = choose.pick(places);
  const entity = { ...reference(place, choose.pick(PLACES[place] ?? IDS)) };
  const self = { ...reference(choose.pick(types), choose.pick(IDS)) };
  switch (choose.below(8)) {
    case 0:
      return { op: "==", entity: self };
    case 1:
      return { op: "in", entity };
    case 2:
      return { op: "in", entity: self };
    case 3:
      return { op: "is", entity_type: choose.pick(types) };
    case 4:
      return { op: "is", entity_type: choose.pick(types), in: { entity } };
    default:
      return { op: "All" };
  }
}

function actionScope(choose: Chooser): ExactJson {
  const any = (): ExactJson => ({ ...reference("Action", choose.pick([...ACTIONS, ...GROUPS])) });
  switch (choose.below(6)) {
    case 0:
      return { op: "==", entity: any() };
    case 1:
    case 2:
      return { op: "in", entity: { ...reference("Action", choose.pick(GROUPS)) } };
    case 3:
      return { op: "in", entities: Array.from({ length: 1 + choose.below(4) }, any) };
    default:
      return { op: "All" };
  }
}

function expression(wanted: Kind, depth: number, choose: Chooser): ExactJson {
  const kind = choose.chance(STRAY) ? choose.pick(KINDS) : wanted;
  return depth <= 0 || choose.chance(0.15) ? leaf(kind, choose) : compound(kind, depth - 1, choose);
}

function leaf(kind: Kind, choose: Chooser): ExactJson {
  const paths = PATHS[kind];
  if (paths !== undefined && choose.chance(0.6)) return path(choose.pick(paths));
  const attributes = ATTRIBUTES[kind];
  if (attributes !== undefined && choose.chance(0.3))
    return { ".": { left: { Var: "resource" }, attr: choose.pick(attributes) } };
  switch (kind) {
    case "bool":
      return { Value: choose.chance(0.5) };
    case "long":
      return { Value: choose.pick([-1, 0, 1, 3, 10, 100, 1200, Number.MAX_SAFE_INTEGER]) };
    case "string":
      return { Value: choose.pick(["main.py", "/srv/data", "session-1", "", "a*b"]) };
    case "entity":
      return choose.chance(0.5)
        ? { Var: choose.pick(["principal", "action", "resource"]) }
        : { Value: escapeOf(anyEntity(choose)) };
    case "set":
      return { Set: closedSet(choose).map((Value) => ({ Value })) };
    default:
      return { [kind]: [{ Value: choose.pick(TEXTS[kind]) }] };
  }
}

function path(dotted: string): ExactJson {
  return dotted
    .split(".")
    .reduce<ExactJson>((left, attr) => ({ ".": { left, attr } }), { Var: "context" });
}

function anyEntity(choose: Chooser): EntityRef {
  const place = choose.pick(Object.keys(PLACES));
  switch (choose.below(5)) {
    case 0:
      return reference(choose.pick([...RESOURCES, "User"]), choose.pick(IDS));
    case 1:
      return reference("Origin", choose.pick(ORIGINS));
    case 2:
      return reference("Action", choose.pick([...ACTIONS, ...GROUPS]));
    default:
      return reference(place, choose.pick(PLACES[place] ?? IDS));
  }
}

function escapeOf({ type, id }: EntityRef): ExactJson {
  return escape(type, id);
}

/** Up to a dozen: both sides of the engine's limit between scanning and indexing a set. */
function closedSet(choose: Chooser): ExactJson[] {
  if (choose.chance(0.2))
    return Array.from({ length: choose.below(14) }, () => escapeOf(anyEntity(choose)));
  const [type, ids] = choose.pick<readonly [string, readonly string[]]>([
    ["Label", PLACES["Label"] ?? []],
    ["Origin", ORIGINS],
    ["Finding", FINDINGS],
  ]);
  return choose.some(ids, 0.6).map((id) => escape(type, id));
}

function compound(kind: Kind, depth: number, choose: Chooser): ExactJson {
  const of = (inner: Kind): ExactJson => expression(inner, depth, choose);
  const pair = (left: ExactJson, right: ExactJson): ExactJson => ({ left, right });
  if (choose.chance(0.06))
    return { "if-then-else": { if: of("bool"), then: of(kind), else: of(kind) } };
  switch (kind) {
    case "bool":
      return comparison(depth, choose);
    case "long":
      if (choose.chance(0.15)) return { neg: { arg: of("long") } };
      if (choose.chance(0.15)) return { toMinutes: [of("duration")] };
      if (choose.chance(0.2)) return tagOf("number", "limit", choose);
      return { [choose.pick(["+", "-", "*"])]: pair(of("long"), of("long")) };
    case "string":
      return tagOf("text", choose.pick(["path", "reason", "__entity"]), choose);
    case "set":
      if (choose.chance(0.3)) return tagOf("list", "ids", choose);
      return { Set: Array.from({ length: choose.below(4) }, () => of(choose.pick(KINDS))) };
    case "datetime":
      return choose.chance(0.7)
        ? { offset: [of("datetime"), of("duration")] }
        : { toDate: [of("datetime")] };
    case "duration":
      return choose.chance(0.7)
        ? { durationSince: [of("datetime"), of("datetime")] }
        : { toTime: [of("datetime")] };
    default:
      return leaf(kind, choose);
  }
}

function tagOf(leafType: "text" | "number" | "list", key: string, choose: Chooser): ExactJson {
  const name = choose.chance(0.1) ? "absent" : key;
  return { getTag: { left: path(`args.${leafType}`), right: { Value: name } } };
}

function comparison(depth: number, choose: Chooser): ExactJson {
  const of = (inner: Kind): ExactJson => expression(inner, depth, choose);
  const both = (operators: readonly string[], left: Kind, right: Kind = left): ExactJson => ({
    [choose.pick(operators)]: { left: of(left), right: of(right) },
  });
  const order = ["<", "<=", ">", ">="];
  switch (choose.below(18)) {
    case 0:
    case 1:
    case 2:
      return both(["&&", "||"], "bool");
    case 3:
      return { "!": { arg: of("bool") } };
    case 4:
      return both(["==", "!="], choose.pick(KINDS));
    case 5:
      return both(["==", "!="], choose.pick(KINDS), choose.pick(KINDS));
    case 6:
    case 7:
      return both(order, "long");
    case 8:
      return both(order, choose.pick(["datetime", "duration"]));
    case 9:
      return both(["in"], "entity");
    case 10:
      return both(["in"], "entity", "set");
    case 11:
      return both(["containsAll", "containsAny", "=="], "set");
    case 12:
      return both(["contains"], "set", choose.pick(KINDS));
    case 13:
      return { isEmpty: { arg: of("set") } };
    case 14:
      return guarded(depth, choose);
    case 15: {
      const inside = choose.chance(0.3) ? { in: of("entity") } : {};
      const type = choose.pick([...RESOURCES, "User"]);
      return { is: { left: of("entity"), entity_type: type, ...inside } };
    }
    case 16: {
      const pattern = choose.pick(["/srv/*", "*.py", "*a*a*", "", "*"]);
      const parts = [...pattern].map((c) => (c === "*" ? "Wildcard" : { Literal: c }));
      return { like: { left: of("string"), pattern: parts } };
    }
    default: {
      const names = ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"];
      if (choose.chance(0.5)) return { [choose.pick(names)]: [of("decimal"), of("decimal")] };
      return choose.chance(0.5)
        ? { isInRange: [of("ip"), of("ip")] }
        : { [choose.pick(["isIpv4", "isIpv6", "isLoopback", "isMulticast"])]: [of("ip")] };
    }
  }
}

/** `has` or `hasTag` in front of what it guards. */
function guarded(depth: number, choose: Chooser): ExactJson {
  const rest = expression("bool", depth, choose);
  if (choose.chance(0.4)) {
    const left = path(`args.${choose.pick(["text", "number", "list"])}`);
    const key = choose.pick(["path", "reason", "limit", "ids", "absent"]);
    return { "&&": { left: { hasTag: { left, right: { Value: key } } }, right: rest } };
  }
  const [subject, attr] = choose.pick<readonly [string, ExactJson]>([
    ["resource", "clears"],
    ["resource", "reviewed"],
    ["principal", "clears"],
    ["context", ["chain", "onBehalfOf"]],
    ["context", ["quantity", "atMost"]],
    ["context", ["quantity", "atMost", "deeper"]],
  ]);
  return { "&&": { left: { has: { left: { Var: subject }, attr } }, right: rest } };
}
