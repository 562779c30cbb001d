import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fill } from "../expand.ts";
import type { Check, Given } from "../scenario.ts";
import { askSql, countRows } from "./database.ts";
import { type Noted, notedIn, type Place, pathIn } from "./place.ts";

/** What is not as the check says; empty when all is. In: the data folder, null without Bylaw. */
export function look(
  place: Place,
  given: Given,
  check: Check,
  data: string | null,
): readonly string[] {
  const values = { n: 1, workspace: place.workspace, home: place.home };
  const read = (path: string): string | null => {
    const full = pathIn(place, path);
    return full === null || !existsSync(full) ? null : readFileSync(full, "utf8");
  };
  const said = (what: string, expected: unknown, got: unknown): readonly string[] =>
    isDeepStrictEqual(expected, got)
      ? []
      : [`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`];
  if (check.rows !== undefined)
    return Object.entries(check.rows).flatMap(([name, count]) => {
      const [system = "", table = ""] = name.split(".");
      return said(`rows of ${name}`, count, countRows(place, system, table));
    });
  if (check.sql !== undefined) {
    const rows = askSql(place, check.on ?? "", fill(check.sql, values));
    return said(check.sql, check.gives, Array.isArray(check.gives) ? rows : rows[0]?.[0]);
  }
  if (check.called !== undefined) {
    const calls = notedIn(place).filter((noted) => isMeant(noted, check));
    return said(`calls of ${check.called}`, check.times, calls.length);
  }
  if (check.reached !== undefined)
    return Object.entries(check.reached).flatMap(([host, times]) => {
      const calls = notedIn(place).filter(({ args }) => args["host"] === host);
      return said(`requests to ${host}`, times, calls.length);
    });
  if (check.files !== undefined)
    return Object.entries(check.files).flatMap(([path, text]) =>
      said(`file ${path}`, fill(text, values), read(path)),
    );
  if (check.absent !== undefined)
    return check.absent.flatMap((path) => said(`file ${path}`, null, read(path)));
  if (check.unchanged !== undefined)
    return check.unchanged.flatMap((path) =>
      said(`file ${path}`, fill(original(given, path) ?? "", values), read(path)),
    );
  const text = fill(check.unlogged ?? "", values);
  const found = data === null ? [] : filesWith(data, Buffer.from(text));
  return found.map((file) => `the data folder holds the text in ${file}`);
}

function original({ workspace, home }: Given, path: string): string | undefined {
  return path.startsWith("~/") ? home?.[path.slice(2)] : workspace?.[path];
}

function isMeant({ system, tool, args }: Noted, { called = "", with: wanted = {} }: Check): boolean {
  const named = called === system || called === `${system}/${tool}`;
  return named && Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(args[key], value));
}

function filesWith(folder: string, wanted: Buffer): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(wanted);
  });
}
