import type { JsonObject } from "@bylaw/core";
import { DEED_KEYS } from "./keys.ts";
import type { Given, Step, SystemGiven } from "./scenario.ts";

/** A call of a tool, whatever way the step says it. */
export interface Call {
  readonly system: string;
  readonly tool: string;
  readonly args: JsonObject;
}

export type Kind = "database" | "files" | "shell" | "mail" | "web" | "packages" | "channel";

/** The keys of a step that are deeds, and which it has. */
export function deedsOf(step: Step): readonly string[] {
  return Object.keys(DEED_KEYS).filter((key) => Object.hasOwn(step, key));
}

/** What kind of system a deed needs; null for `call` and for what people and time do. */
const KIND: Readonly<Record<string, Kind>> = {
  sql: "database",
  run: "shell",
  request: "web",
  read: "files",
  write: "files",
  delete: "files",
  list: "files",
  move: "files",
  send: "mail",
  post: "channel",
  install: "packages",
};

/** The system that a step means: the one it names, or the only one of its kind. */
export function systemOf(step: Step, systems: Given["systems"]): string | null {
  if (step.call !== undefined) return step.call.split("/", 1)[0] ?? null;
  const [deed = ""] = deedsOf(step);
  const kind = KIND[deed];
  if (kind === undefined) return null;
  const fitting = Object.keys(systems).filter((name) => has(systems[name], kind));
  if (step.on !== undefined) return fitting.includes(step.on) ? step.on : null;
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** Whether the deed is a call of a tool at all. */
export function isCall(step: Step): boolean {
  const [deed = ""] = deedsOf(step);
  return deed === "call" || Object.hasOwn(KIND, deed);
}

export function kindOf(step: Step): Kind | null {
  return KIND[deedsOf(step)[0] ?? ""] ?? null;
}

function has(system: SystemGiven | undefined, kind: Kind): boolean {
  const part = system?.[kind];
  return part !== undefined && part !== false;
}

/** The call that a step makes; null for what is no call. Placeholders are still in it. */
export function callOf(step: Step, systems: Given["systems"]): Call | null {
  const system = systemOf(step, systems);
  if (system === null) return null;
  const named = (tool: string, args: JsonObject): Call => ({ system, tool, args });
  const [deed] = deedsOf(step);
  switch (deed) {
    case "call":
      return named((step.call ?? "").slice(system.length + 1), step.with ?? {});
    case "sql":
      return named("query", { sql: step.sql ?? "" });
    case "run":
      return named("run", { command: step.run ?? "", ...optional("folder", step.folder) });
    case "request":
      return named("request", requestOf(step));
    case "read":
      return named("read_file", { path: step.read ?? "" });
    case "write":
      return named("write_file", { path: step.write ?? "", text: step.text ?? "" });
    case "delete":
      return named(step.delete?.endsWith("/") === true ? "delete_folder" : "delete_file", {
        path: step.delete ?? "",
      });
    case "list":
      return named("list_folder", { path: step.list ?? "" });
    case "move":
      return named("move_file", { path: step.move ?? "", to: step.to ?? "" });
    case "send":
      return named("send_mail", { ...step.send });
    case "post":
      return named("post", { ...step.post });
    case "install":
      return named("install", {
        package: step.install ?? "",
        version: step.version ?? "latest",
      });
    default:
      return null;
  }
}

function requestOf({ request = "", headers, body }: Step): JsonObject {
  const at = request.indexOf(" ");
  return {
    method: request.slice(0, at),
    url: request.slice(at + 1),
    ...optional("headers", headers === undefined ? undefined : { ...headers }),
    ...optional("body", body),
  };
}

function optional(key: string, value: JsonObject[string] | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}
