import type { JsonObject } from "@bylaw/core";
import type { ChannelGiven, DatabaseGiven, SystemGiven, ToolGiven } from "../scenario.ts";

/** A tool as its server lists it, and what the catalog says of it. */
export interface ToolSpec {
  readonly name: string;
  readonly about: string;
  readonly hints: JsonObject;
  /** Null: no catalog entry, so what it does is guessed. */
  readonly catalog: JsonObject | null;
  /** Null for tools that come with a kind of system. */
  readonly own: ToolGiven | null;
}

const READS = { readOnlyHint: true };
const CHANGES = { readOnlyHint: false, destructiveHint: true };

/** Ends the other name of a tool that attacks call it by; no catalog knows it. */
export const ALIAS = "_v2";

/** Every tool of a system under its other name. */
export function aliasesOf(system: string, given: SystemGiven): readonly ToolSpec[] {
  return toolsOf(system, given).map((tool) => ({
    ...tool,
    name: `${tool.name}${ALIAS}`,
    catalog: null,
  }));
}

/** Every tool of a system: those of its kinds, then its own. */
export function toolsOf(system: string, given: SystemGiven): readonly ToolSpec[] {
  const tools = [
    ...(given.database === undefined ? [] : databaseTools(system, given, given.database)),
    ...(given.files === true ? FILES : []),
    ...(given.shell === undefined ? [] : shellTools(given.shell)),
    ...(given.mail === undefined ? [] : mailTools(system, given.mail)),
    ...(given.web === undefined ? [] : WEB),
    ...(given.packages === undefined ? [] : packageTools(given.packages)),
    ...(given.channel === undefined ? [] : channelTools(given.channel)),
    ...(given.model === undefined ? [] : modelTools(given.model)),
    ...(given.agents === true ? AGENTS : []),
    ...Object.entries(given.tools ?? {}).map(([name, tool]) => ownTool(name, tool)),
  ];
  return given.undescribed === true ? tools.map((tool) => ({ ...tool, catalog: null })) : tools;
}

function standard(name: string, about: string, hints: JsonObject, catalog: JsonObject): ToolSpec {
  return { name, about, hints, catalog: { reviewed_by: "catalog", ...catalog }, own: null };
}

function databaseTools(
  system: string,
  { environment, labels = [] }: SystemGiven,
  { tables, dialect = "sqlite", name = system }: DatabaseGiven,
): readonly ToolSpec[] {
  const sql = {
    argument: "sql",
    dialect,
    database: name,
    environment: environment ?? "unknown",
    labels,
    tables: Object.fromEntries(
      Object.entries(tables).map(([table, given]) => [
        table,
        {
          unique: given.unique ?? [],
          ...(given.environment === undefined ? {} : { environment: given.environment }),
          labels: [...labels, ...(given.labels ?? [])],
        },
      ]),
    ),
  };
  return [standard("query", "Runs one SQL statement.", CHANGES, { sql })];
}

const path = (argument: string, action: string | readonly string[]): JsonObject => ({
  argument,
  action,
});
const FILES: readonly ToolSpec[] = [
  standard("read_file", "Reads a file.", READS, { paths: [path("path", "read")] }),
  standard("write_file", "Writes a file.", CHANGES, {
    paths: [path("path", ["create", "update"])],
  }),
  standard("delete_file", "Deletes a file.", CHANGES, {
    paths: [{ ...path("path", "delete"), recursive: false }],
  }),
  standard("delete_folder", "Deletes a folder and all below it.", CHANGES, {
    paths: [path("path", "delete")],
  }),
  standard("list_folder", "Lists a folder.", READS, { paths: [path("path", "list")] }),
  standard("move_file", "Moves a file.", CHANGES, {
    paths: [
      { ...path("path", "delete"), recursive: false },
      path("to", ["create", "update"]),
    ],
  }),
];

function shellTools({ dialect = "bash" }: NonNullable<SystemGiven["shell"]>): readonly ToolSpec[] {
  const shell = { argument: "command", dialect, folder: "folder" };
  return [standard("run", "Runs a command.", CHANGES, { shell })];
}

/** A message to somebody: one effect per recipient. */
function sends(to: JsonObject, { external = true, clears = [] }: ChannelGiven): JsonObject {
  return {
    action: "send",
    resource: { type: "Channel", id: to, external, clears },
    quantity: 1,
    audience: external ? "public" : "organization",
  };
}

function mailTools(system: string, given: ChannelGiven): readonly ToolSpec[] {
  const object = (id: JsonObject, kind: string): JsonObject => ({ type: "Object", kind, id });
  const message = object({ template: `${system}/{folder}/{id}` }, "message");
  const folder = object({ template: `${system}/{folder}` }, "folder");
  return [
    standard("send_mail", "Sends a mail.", CHANGES, { effects: [sends({ argument: "to" }, given)] }),
    standard("read_mail", "Reads a mail.", READS, {
      effects: [{ action: "read", resource: message, quantity: 1, audience: "self" }],
      output: "mail",
    }),
    standard("list_mail", "Lists a folder of mails.", READS, {
      effects: [{ action: "list", resource: folder, audience: "self" }],
      output: "mail",
    }),
  ];
}

const WEB: readonly ToolSpec[] = [
  standard("request", "Sends an HTTP request.", CHANGES, {
    url: { argument: "url", method: { argument: "method" } },
    output: "web",
  }),
];

function packageTools({
  ecosystem = "npm",
}: NonNullable<SystemGiven["packages"]>): readonly ToolSpec[] {
  const id = { template: `${ecosystem}/{package}@{version}` };
  const effects = [{ action: "install", resource: { type: "Package", id }, quantity: 1 }];
  return [standard("install", "Installs a package.", CHANGES, { effects })];
}

function channelTools(given: ChannelGiven): readonly ToolSpec[] {
  const effects = [sends({ argument: "channel" }, given)];
  return [standard("post", "Posts a message.", CHANGES, { effects })];
}

function modelTools({ clears = [] }: NonNullable<SystemGiven["model"]>): readonly ToolSpec[] {
  const resource = { type: "Model", id: { argument: "model" }, clears };
  const effects = [{ action: "send", resource, quantity: 1 }];
  return [standard("ask", "Asks a model.", CHANGES, { effects })];
}

const AGENTS: readonly ToolSpec[] = [
  standard("spawn", "Starts an agent.", CHANGES, {
    effects: [{ action: "spawn", resource: { type: "Agent", id: { argument: "agent" } }, quantity: 1 }],
  }),
];

const CATALOG_KEYS = ["effects", "sql", "paths", "url", "shell", "output"] as const;

function ownTool(name: string, own: ToolGiven): ToolSpec {
  const said = CATALOG_KEYS.filter((key) => own[key] !== undefined && key !== "output");
  const entry = Object.fromEntries(
    CATALOG_KEYS.filter((key) => own[key] !== undefined).map((key) => [key, own[key] as JsonObject]),
  );
  const catalog = said.length === 0 ? null : { reviewed_by: "catalog", ...entry };
  return { name, about: own.about ?? "", hints: own.hints ?? {}, catalog, own };
}
