import { isDeepStrictEqual } from "node:util";
import { fail, ok, type Result } from "@bylaw/core";
import type { Config, NewUpstream } from "@bylaw/server";
import { type Backup, readBackup, readWhole, realFile } from "./backup.ts";
import type { Client, ConfigFile, ConnectContext, ConnectError, Edit } from "./client.ts";

/** What connecting a client comes to for one file; nothing is written yet. */
export interface FilePlan {
  readonly file: ConfigFile;
  /** The file itself, links followed. */
  readonly path: string;
  /** As it is now; null where it is not there. */
  readonly now: string | null;
  /** Permission bits that it gets. */
  readonly mode: number;
  readonly edit: Edit;
  /** What `disconnect` restores. */
  readonly backup: Backup;
}

export interface Plan {
  readonly files: readonly FilePlan[];
  readonly upstreams: ReadonlyMap<string, NewUpstream>;
}

export type Surroundings = Omit<ConnectContext, "file" | "upstream">;

/** What would be changed where. Reads files and writes none. */
export function planConnect(
  client: Client,
  files: readonly ConfigFile[],
  surroundings: Surroundings,
  config: Config,
  data: string,
): Result<Plan, ConnectError> {
  const upstreams = new Map<string, NewUpstream>();
  const upstream = namer(config, upstreams);
  const plans: FilePlan[] = [];
  for (const file of files) {
    const path = realFile(file.path);
    const found = readWhole(path);
    if (found === null && !file.create) continue;
    const now = found === null ? null : textOf(found.bytes);
    if (now === undefined)
      return fail({
        code: "connect.encoding",
        message: `${path} is not UTF-8; nothing was changed`,
      });
    const edit = client.connect(now, { ...surroundings, file, upstream });
    if (!edit.ok) return edit;
    const muted = client.muted?.why(path, edit.value.text) ?? null;
    if (muted !== null)
      return fail({ code: "connect.muted", message: `${path} ${muted}; nothing was changed` });
    const base = baseOf(client, now, readBackup(data, client.id, path));
    const before = base === null ? null : Buffer.from(base).toString("base64");
    const { text: after } = edit.value;
    const mode = found?.mode ?? null;
    plans.push({
      file,
      path,
      now,
      mode: mode ?? NEW_MODES[file.scope],
      edit: edit.value,
      backup: { v: 1, client: client.id, file: path, before, after, mode },
    });
  }
  return ok({ files: plans, upstreams });
}

/** What is set for a whole machine every user's client has to read: one that cannot runs without hooks. */
const NEW_MODES: Readonly<Record<ConfigFile["scope"], number>> = {
  user: 0o600,
  project: 0o600,
  managed: 0o644,
};

/** Undefined for bytes that are no text: written back they would be others. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/**
 * The file as it would be without Bylaw. After entries were added to a connected file, that is neither
 * the first backup nor the file as it is.
 */
function baseOf(client: Client, now: string | null, backup: Backup | null): string | null {
  if (backup === null || now === null) return now;
  const before = backup.before === null ? null : Buffer.from(backup.before, "base64").toString();
  if (now === backup.after) return before;
  return client.disconnect(now, before, backup.after) ?? now;
}

/** Names that stay free of each other; the same server is one upstream wherever it is configured. */
function namer(
  config: Config,
  added: Map<string, NewUpstream>,
): (wanted: string, upstream: NewUpstream) => string {
  const known = (name: string): NewUpstream | undefined => {
    const configured = Object.hasOwn(config.upstreams, name) ? config.upstreams[name] : undefined;
    if (configured === undefined) return added.get(name);
    if (configured.kind === "http") return { url: configured.url, headers: configured.headers };
    return { command: configured.command, env: configured.env, cwd: configured.cwd };
  };
  return (wanted, upstream) => {
    const base = wanted.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "server";
    for (let count = 1; ; count += 1) {
      const ending = count === 1 ? "" : `-${count}`;
      const name = base.slice(0, 64 - ending.length) + ending;
      const there = known(name);
      if (there === undefined) {
        added.set(name, upstream);
        return name;
      }
      if (isDeepStrictEqual(there, upstream)) return name;
    }
  };
}
