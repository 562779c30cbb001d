import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join, normalize, sep } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Given } from "../scenario.ts";

/** Where a scenario's world is: one folder, of which nothing outside is ever touched. */
export interface Place {
  readonly root: string;
  readonly workspace: string;
  readonly home: string;
  /** One line of JSON per call that went through. */
  readonly journal: string;
}

/** A call that went through. */
export interface Noted {
  readonly system: string;
  readonly tool: string;
  readonly args: JsonObject;
}

/** What a system's process needs to know, in the file `world.json` of the place. */
export interface WorldFile {
  readonly systems: Given["systems"];
  /** Descriptions that were changed since, by `system/tool`. */
  readonly redefined: Readonly<Record<string, string>>;
  /** Every tool has another name, too. */
  readonly aliases: boolean;
}

export function placeIn(root: string): Place {
  return {
    root,
    workspace: join(root, "workspace"),
    home: join(root, "home"),
    journal: join(root, "calls.jsonl"),
  };
}

export function databaseFile({ root }: Place, system: string): string {
  return join(root, `${system}.db`);
}

/** Where a path leads in this world; null where that is outside of it, and then nothing happens. */
export function pathIn(place: Place, path: string): string | null {
  const home = path === "~" || path.startsWith("~/");
  const full = home
    ? join(place.home, path.slice(1))
    : path.startsWith("/")
      ? normalize(path)
      : join(place.workspace, path);
  return [place.workspace, place.home].some((top) => full === top || full.startsWith(top + sep))
    ? full
    : null;
}

export function note(place: Place, noted: Noted): void {
  appendFileSync(place.journal, `${JSON.stringify(noted)}\n`);
}

/** Every call that went through, in order. */
export function notedIn({ journal }: Place): readonly Noted[] {
  if (!existsSync(journal)) return [];
  const lines = readFileSync(journal, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Noted);
}
