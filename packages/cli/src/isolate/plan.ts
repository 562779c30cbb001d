import { existsSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { fail, ok, type Result } from "@bylaw/core";
import { type Config, changeablePlaces, relocated, sourcesOf } from "@bylaw/server";
import { type Layout, type Program, scriptText, unitText } from "./layout.ts";

/** A file or folder that is copied for the gateway to read; `writable`: it also writes there. */
export interface Copy {
  readonly from: string;
  readonly to: string;
  readonly writable: boolean;
}

/** Everything that isolating a gateway changes on the machine. */
export interface IsolationPlan {
  readonly layout: Layout;
  readonly program: Program;
  /** The data folder so far; null where there is none to move. */
  readonly data: string | null;
  readonly copies: readonly Copy[];
  /** The configuration as it will be. */
  readonly config: string;
  readonly unit: string;
  readonly script: string;
  readonly systemd: boolean;
  /** What a person should know before. */
  readonly notes: readonly string[];
}

export interface Before {
  readonly layout: Layout;
  readonly program: Program;
  readonly config: Config;
  /** Folder of the data so far. */
  readonly data: string;
  /** Who owns it, and acts through the agents. */
  readonly owner: string;
  readonly systemd: boolean;
}

/** A user that owns nothing: with it, only what root alone can change counts as safe. */
const NOBODY = -1;

/** What would be done. Reads files, writes none. Errors: codes with a message. */
export function planIsolation(before: Before): Result<IsolationPlan, readonly [string, string]> {
  const { layout, program, config, data, owner, systemd } = before;
  // The gateway would run what agents put there.
  const unsafe = changeablePlaces([program.script, program.node], NOBODY);
  if (unsafe.length > 0)
    return fail(["isolate.program", `${unsafe.join("\n")}\ninstall it for everybody, as root`]);
  if (existsSync(layout.journal))
    return fail(["isolate.done", `${layout.journal} is there: first bylaw isolate --undo`]);
  for (const place of [layout.config, layout.data])
    if (existsSync(place)) return fail(["isolate.taken", `\`${place}\` is there already`]);
  const { file, folder } = config;
  const text = file === null ? "version: 1\n" : readFileSync(file, "utf8");
  const moved = relocated(file ?? "bylaw.yaml", text, owner);
  if (!moved.ok) return fail(["isolate.config", moved.error]);
  const copies: Copy[] = [];
  for (const from of sourcesOf(config).filter((path) => path !== file)) {
    const at = relative(folder, from);
    if (at.startsWith("..") || isAbsolute(at))
      return fail(["isolate.outside", `\`${from}\` is not below \`${folder}\`: move it there`]);
    copies.push({ from, to: join(layout.config, at), writable: from === config.grants });
  }
  const places = placesOf(config);
  const homes = places.some((path) => /^\/(?:home|root|run\/user)(?:\/|$)/.test(path));
  return ok({
    layout,
    program,
    data: existsSync(data) ? data : null,
    copies,
    config: moved.value,
    unit: unitText(program, layout, homes),
    script: scriptText(program, layout),
    systemd,
    notes: notesOn(config, places, layout),
  });
}

/** Folders that the gateway has to reach besides its own. */
function placesOf({ workspaces, upstreams }: Config): readonly string[] {
  const folders = Object.values(upstreams).flatMap((upstream) =>
    upstream.kind === "stdio" ? [upstream.cwd] : [],
  );
  return [...new Set([...workspaces, ...folders])];
}

function notesOn(config: Config, places: readonly string[], layout: Layout): readonly string[] {
  const hidden = places.filter((path) => !isOpenToAll(path));
  const variables = [
    ...(config.notify?.secret.kind === "environment" ? [config.notify.secret.variable] : []),
    ...(config.store.postgres?.kind === "environment" ? [config.store.postgres.variable] : []),
  ];
  return [
    ...hidden.map(
      (path) => `\`${layout.user}\` cannot look into \`${path}\`: let it, or leave it out`,
    ),
    ...variables.map((name) => `write ${name}=… to ${layout.environment} (root, mode 0640)`),
    "upstreams run as that user: what they work on has to be for it, and for nobody else",
    "clients keep their agents' tokens; administration needs sudo from now on",
  ];
}

function isOpenToAll(path: string): boolean {
  for (let at = path; at !== "/" && at !== ""; at = at.slice(0, Math.max(at.lastIndexOf("/"), 0)))
    if ((statSync(at).mode & 0o001) === 0) return false;
  return true;
}
