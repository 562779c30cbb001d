import type {
  EntityInput,
  EntityRef,
  ExactJson,
  ExactObject,
} from "../../../packages/core/dist/index.js";
import type { Chooser } from "./random.ts";

/** A small world over Bylaw's schema: few names, so that random policies and requests meet. */

export const ACTIONS = [
  "read",
  "list",
  "create",
  "update",
  "delete",
  "remember",
  "send",
  "publish",
  "connect",
  "execute",
  "install",
  "spawn",
  "grant",
  "configure",
  "spend",
] as const;
export const GROUPS = ["observe", "change", "leave", "run", "authority"] as const;

/** Ids of the closed lists and of the open types that hold others. */
export const PLACES: Readonly<Record<string, readonly string[]>> = {
  Environment: ["production", "test", "unknown"],
  Label: ["public", "confidential", "secret"],
  Class: ["credentials", "bylaw", "startup"],
  Group: ["staff", "dba", "assistants"],
  Workspace: ["current"],
  Domain: ["corp.example", "example"],
  Server: ["crm"],
  Database: ["main"],
};
export const ORIGINS = ["user", "web", "mail", "unknown"];
export const FINDINGS = ["sandbox.bypass", "tool.changed", "injection.suspected"];
export const RESOURCES = [
  "File",
  "Table",
  "Host",
  "Object",
  "Package",
  "Channel",
  "Tool",
  "Secret",
  "Agent",
];
export const IDS = ["a", "b", "c"];

export function reference(type: string, id: string): EntityRef {
  return { type, id };
}

export function escape(type: string, id: string): ExactJson {
  return { __entity: { type, id } };
}

export interface Question {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: ExactObject;
  readonly entities: readonly EntityInput[];
}

export function question(choose: Chooser): Question {
  const resource = reference(choose.pick(RESOURCES), choose.pick(IDS));
  const principal = reference(choose.chance(0.75) ? "Agent" : "User", choose.pick(IDS));
  const every = [
    ...hierarchy(choose),
    ...arguments_(choose),
    ...["User", "Agent"].flatMap((type) => IDS.map((id) => actor(type, id, choose))),
    ...RESOURCES.filter((type) => type !== "Agent").flatMap((type) =>
      IDS.map((id) => thing(type, id, choose)),
    ),
  ];
  return {
    principal,
    action: reference("Action", choose.pick(ACTIONS)),
    resource,
    context: context(choose),
    // Now and then something is missing: an absent entity has no attributes and no ancestors.
    entities: every.filter(() => !choose.chance(0.04)),
  };
}

function places(choose: Chooser, types: readonly string[]): EntityRef[] {
  return types.flatMap((type) =>
    choose.some(PLACES[type] ?? [], 0.35).map((id) => reference(type, id)),
  );
}

function hierarchy(choose: Chooser): EntityInput[] {
  const bare = (type: string, id: string, parents: EntityRef[] = []): EntityInput => ({
    ...reference(type, id),
    parents,
    attrs: {},
  });
  return [
    bare("Group", "staff"),
    bare("Group", "dba", [reference("Group", "staff")]),
    bare("Group", "assistants", choose.chance(0.5) ? [reference("Group", "dba")] : []),
    bare("Domain", "example"),
    bare("Domain", "corp.example", [reference("Domain", "example")]),
    bare("Workspace", "current"),
    bare("Server", "crm", places(choose, ["Environment"])),
    bare("Database", "main", [reference("Server", "crm"), ...places(choose, ["Environment"])]),
  ].map((entity) =>
    entity.type === "Server" ? { ...entity, attrs: { reviewed: choose.chance(0.5) } } : entity,
  );
}

function actor(type: string, id: string, choose: Chooser): EntityInput {
  const parents = places(choose, ["Group"]);
  if (type === "User") return { ...reference(type, id), parents, attrs: {} };
  // A sub-agent is in its parent; later ids are in earlier ones, so there is no cycle.
  const above = IDS.slice(0, IDS.indexOf(id)).filter(() => choose.chance(0.4));
  return {
    ...reference(type, id),
    parents: [
      ...parents,
      ...above.map((parent) => reference("Agent", parent)),
      ...places(choose, ["Environment", "Label", "Class"]),
    ],
    attrs: { clears: labels(choose) },
  };
}

const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  File: ["Workspace"],
  Table: ["Database"],
  Host: ["Domain"],
  Object: ["Server"],
  Channel: ["Domain"],
  Tool: ["Server"],
};

function thing(type: string, id: string, choose: Chooser): EntityInput {
  return {
    ...reference(type, id),
    parents: places(choose, ["Environment", "Label", "Class", ...(CONTAINERS[type] ?? [])]),
    attrs: attributes(type, choose),
  };
}

function attributes(type: string, choose: Chooser): ExactObject {
  const flag = (): boolean => choose.chance(0.5);
  const name = choose.pick(["main.py", "notes.md", "customers"]);
  switch (type) {
    case "File":
      return { path: `/srv/${name}`, name };
    case "Table":
      return { name };
    case "Host":
      return { name, port: choose.pick([80, 443]), private: flag(), clears: labels(choose) };
    case "Object":
      return { kind: choose.pick(["issue", "mail"]) };
    case "Package":
      return {
        ecosystem: "npm",
        name,
        ageHours: choose.below(200),
        pinned: flag(),
        inspected: flag(),
      };
    case "Channel":
      return { external: flag(), clears: labels(choose) };
    case "Tool":
      return { reviewed: flag() };
    default:
      return {};
  }
}

function labels(choose: Chooser): ExactJson[] {
  return choose.some(PLACES["Label"] ?? [], 0.5).map((id) => escape("Label", id));
}

/** The call's arguments: one entity per leaf type, its tags named by path. */
function arguments_(choose: Chooser): EntityInput[] {
  const leaf = (type: string, tags: ExactObject): EntityInput => ({
    ...reference(type, "call"),
    parents: [],
    attrs: {},
    tags,
  });
  return [
    leaf("Texts", {
      path: choose.pick(["/srv/data", "/etc/passwd"]),
      // What a hostile caller sends stays text.
      __entity: '{"type":"User","id":"a"}',
      ...(choose.chance(0.5) ? { reason: "cleanup" } : {}),
    }),
    leaf("Numbers", { limit: choose.pick([0, 10, 100, Number.MAX_SAFE_INTEGER]) }),
    leaf("Lists", { ids: choose.some(["1", "2", "3"], 0.6) }),
  ];
}

function context(choose: Chooser): ExactObject {
  const flag = (): boolean => choose.chance(0.4);
  const amount = (): ExactJson =>
    choose.chance(0.2)
      ? { atMost: Number.MAX_SAFE_INTEGER, known: false }
      : { atMost: choose.pick([0, 1, 10, 100, 1200]), known: true };
  const origins = (): ExactJson[] => choose.some(ORIGINS, 0.3).map((id) => escape("Origin", id));
  return {
    now: { __extn: { fn: "datetime", arg: `2026-0${1 + choose.below(9)}-03T09:00:00.123Z` } },
    gateway: escape("Gateway", choose.pick(["mcp", "hook", "http"])),
    tool: escape("Tool", choose.pick(IDS)),
    source: escape("Source", choose.pick(["parsed", "unknown"])),
    args: {
      text: escape("Texts", "call"),
      number: escape("Numbers", "call"),
      list: escape("Lists", "call"),
      complete: flag(),
    },
    quantity: amount(),
    bytes: amount(),
    cost: amount(),
    reversible: flag(),
    audience: escape("Audience", choose.pick(["none", "team", "public", "unknown"])),
    data: { labels: labels(choose) },
    origin: { target: origins(), payload: origins(), untrusted: flag() },
    findings: choose.some(FINDINGS, 0.25).map((id) => escape("Finding", id)),
    session: {
      id: "session-1",
      labels: labels(choose),
      origins: origins(),
      untrusted: flag(),
      depth: choose.below(4),
      attended: flag(),
    },
    task: { declared: flag(), inScope: flag(), locked: flag(), offline: flag(), noInstall: flag() },
    chain: {
      agents: choose.some(IDS, 0.5).map((id) => escape("Agent", id)),
      ...(flag() ? { onBehalfOf: escape("User", choose.pick(IDS)) } : {}),
    },
    counts: {
      calls_1m: choose.below(100),
      deletes_1h: choose.below(12),
      sends_1h: choose.below(5),
      spend_1d: choose.pick([0, 5_000_000, 20_000_000]),
      denials_10m: choose.below(3),
    },
  };
}
