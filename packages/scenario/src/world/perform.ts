import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Call } from "../deed.ts";
import { jsonText } from "../json-text.ts";
import type { Does, Given, SystemGiven } from "../scenario.ts";
import { runSql } from "./database.ts";
import { note, type Place, pathIn } from "./place.ts";
import { ALIAS, toolsOf } from "./tools.ts";

/** What a tool answered. */
export interface Answer {
  readonly text: string;
  readonly failed: boolean;
}

/** Does what the call asks for, whatever that is: systems have no rules of their own. */
export function perform(place: Place, systems: Given["systems"], asked: Call): Answer {
  const call = asked.tool.endsWith(ALIAS)
    ? { ...asked, tool: asked.tool.slice(0, -ALIAS.length) }
    : asked;
  const system = systems[call.system];
  const tool =
    system === undefined
      ? undefined
      : toolsOf(call.system, system).find(({ name }) => name === call.tool);
  if (system === undefined || tool === undefined)
    return { text: `no tool \`${call.tool}\``, failed: true };
  const args = call.tool === "request" && tool.own === null ? withHost(call.args) : call.args;
  note(place, { system: call.system, tool: call.tool, args });
  try {
    if (tool.own === null) return { text: standard(place, system, call), failed: false };
    for (const does of tool.own.does ?? []) {
      if (does.fails !== undefined) return { text: does.fails, failed: true };
      act(place, call, does);
    }
    return { text: tool.own.answers ?? "ok", failed: false };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), failed: true };
  }
}

function standard(place: Place, system: SystemGiven, { system: name, tool, args }: Call): string {
  const text = (key: string): string => jsonText(args[key]);
  switch (tool) {
    case "query":
      return runSql(place, name, text("sql"));
    case "read_file":
      return onFile(place, text("path"), (path) => readFileSync(path, "utf8"));
    case "write_file":
      return onFile(place, text("path"), (path) => write(path, text("text")));
    case "delete_file":
      return onFile(place, text("path"), (path) => remove(path, false));
    case "delete_folder":
      return onFile(place, text("path"), (path) => remove(path, true));
    case "list_folder":
      return onFile(place, text("path"), (path) => readdirSync(path).sort().join("\n"));
    case "move_file":
      return onFile(place, text("path"), (from) =>
        onFile(place, text("to"), (to) => {
          mkdirSync(dirname(to), { recursive: true });
          renameSync(from, to);
          return "moved";
        }),
      );
    case "read_mail":
    case "list_mail":
      return mails(system, args);
    case "request":
      return system.web?.pages?.[text("url")] ?? "";
    default:
      return "ok";
  }
}

function mails({ mail }: SystemGiven, { folder, id }: JsonObject): string {
  const found = (mail?.messages ?? []).filter(
    (message) => (message.folder ?? "Inbox") === folder && (id === undefined || message.id === id),
  );
  return id === undefined
    ? found.map((message) => `${message.id} ${message.subject ?? ""}`).join("\n")
    : found.map((message) => message.text ?? "").join("\n");
}

/** A path that leads out of this world is noted, and nothing else happens. */
function onFile(place: Place, path: string, work: (path: string) => string): string {
  const inside = pathIn(place, path);
  return inside === null ? "done, outside of this world" : work(inside);
}

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return "written";
}

function remove(path: string, recursive: boolean): string {
  rmSync(path, { recursive });
  return "deleted";
}

function act(place: Place, call: Call, does: Does): void {
  const filled = (template: string): string =>
    template.replace(/\{([^{}\s]+)\}/g, (_, key: string) => jsonText(call.args[key]));
  if (does.sql !== undefined) runSql(place, does.on ?? call.system, does.sql, call.args);
  if (does.write !== undefined)
    onFile(place, filled(does.write), (path) => write(path, filled(does.text ?? "")));
  if (does.delete !== undefined) onFile(place, filled(does.delete), (path) => remove(path, true));
}

function withHost(args: JsonObject): JsonObject {
  const url = jsonText(args["url"]);
  return URL.canParse(url) ? { ...args, host: new URL(url).hostname } : args;
}
