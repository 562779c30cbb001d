import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError, EXIT } from "../exit.ts";
import type { Layout } from "./layout.ts";
import type { IsolationPlan } from "./plan.ts";

/** What was done, newest last; each entry is written down before it is done. */
export type Done =
  | { readonly did: "user"; readonly name: string }
  | { readonly did: "file"; readonly path: string }
  | { readonly did: "config"; readonly path: string }
  | { readonly did: "data"; readonly path: string }
  | {
      readonly did: "moved";
      readonly from: string;
      readonly to: string;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly did: "connection"; readonly path: string; readonly socket: string }
  | { readonly did: "service"; readonly systemd: boolean };

/** Of a data folder, what stays with the user whose clients use it. */
const STAYS = ["connect"];
const ROOT = 0;

/** Runs one system command; throws a CommandError with what it said. */
export function system(command: string, ...args: readonly string[]): string {
  const ran = spawnSync(command, args, { encoding: "utf8", cwd: "/" });
  if (ran.status === 0) return ran.stdout;
  const said = (ran.error?.message ?? ran.stderr).trim();
  throw new CommandError(EXIT.no, "isolate.system", `${command} ${args.join(" ")}: ${said}`);
}

function journal({ journal: path }: Layout): (done: Done) => void {
  const all: Done[] = [];
  return (done) => {
    all.push(done);
    writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  };
}

/** Does what was planned. What fails half-way is taken back with `--undo`. */
export function isolate(plan: IsolationPlan): void {
  const { layout, systemd } = plan;
  const note = journal(layout);
  if (userId(layout.user) === null) {
    note({ did: "user", name: layout.user });
    const shell = "/usr/sbin/nologin";
    const home = ["--home-dir", layout.data, "--no-create-home", "--shell", shell];
    system("useradd", "--system", "--user-group", ...home, layout.user);
  }
  const ids = userId(layout.user);
  if (ids === null) throw new CommandError(EXIT.no, "isolate.user", `no user \`${layout.user}\``);
  note({ did: "config", path: layout.config });
  writeConfiguration(plan, ids);
  note({ did: "data", path: layout.data });
  mkdirSync(layout.data, { mode: 0o700 });
  chownSync(layout.data, ids.uid, ids.gid);
  if (plan.data !== null) moveData(plan.data, layout, ids, note);
  const [path, text, mode] = systemd
    ? [layout.unit, plan.unit, 0o644]
    : [layout.script, plan.script, 0o755];
  note({ did: "file", path });
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  note({ did: "service", systemd });
  if (systemd) {
    system("systemctl", "daemon-reload");
    system("systemctl", "enable", "--now", `${layout.user}.service`);
  } else system(layout.script, "start");
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Null where there is no such user. */
function userId(user: string): Ids | null {
  const ran = spawnSync("getent", ["passwd", user], { encoding: "utf8" });
  const [, , uid, gid] = ran.status === 0 ? ran.stdout.trim().split(":") : [];
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}

/** Root's, and readable for the gateway; what it writes to itself belongs to it. */
function writeConfiguration({ layout, config, copies }: IsolationPlan, ids: Ids): void {
  mkdirSync(layout.config, { mode: 0o750 });
  const file = join(layout.config, "bylaw.yaml");
  writeFileSync(file, config, { mode: 0o640 });
  for (const { from, to } of copies) {
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true, dereference: true, preserveTimestamps: true });
  }
  owned(layout.config, ROOT, ids.gid, 0o750, 0o640);
  for (const { to, writable } of copies) if (writable) owned(to, ids.uid, ids.gid, 0o700, 0o600);
}

/** Sets owner and modes of everything below, links as links. */
function owned(path: string, uid: number, gid: number, folder: number, file: number): void {
  const stats = lstatSync(path);
  lchownSync(path, uid, gid);
  if (stats.isSymbolicLink()) return;
  chmodSync(path, stats.isDirectory() ? folder : file);
  if (stats.isDirectory())
    for (const name of readdirSync(path)) owned(join(path, name), uid, gid, folder, file);
}

function moveData(from: string, layout: Layout, ids: Ids, note: (done: Done) => void): void {
  const { uid, gid } = statSync(from);
  for (const name of readdirSync(from).filter((each) => !STAYS.includes(each))) {
    const moved = { from: join(from, name), to: join(layout.data, name) };
    note({ did: "moved", ...moved, uid, gid });
    move(moved.from, moved.to);
    owned(moved.to, ids.uid, ids.gid, 0o700, 0o600);
  }
  // Clients that were connected look for the gateway here.
  note({ did: "file", path: join(from, "gateway.json") });
  symlinkSync(join(layout.runtime, "gateway.json"), join(from, "gateway.json"));
  for (const path of connections(from)) {
    const socket = socketIn(path);
    note({ did: "connection", path, socket });
    setSocket(path, join(layout.runtime, "hook.sock"));
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(from, to, { recursive: true, preserveTimestamps: true });
    rmSync(from, { recursive: true });
  }
}

function connections(data: string): readonly string[] {
  const folder = join(data, "connect");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".connection"))
    .map((name) => join(folder, name));
}

function socketIn(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly socket: string }).socket;
}

function setSocket(path: string, socket: string): void {
  const connection = JSON.parse(readFileSync(path, "utf8")) as object;
  const { uid, gid } = statSync(path);
  writeFileSync(path, `${JSON.stringify({ ...connection, socket })}\n`, { mode: 0o600 });
  chownSync(path, uid, gid);
}

/** Takes everything back, newest first. Out: what was left, for people. */
export function undo(layout: Layout): readonly string[] {
  if (!existsSync(layout.journal))
    throw new CommandError(
      EXIT.no,
      "isolate.none",
      `no gateway was isolated as \`${layout.user}\``,
    );
  const all = JSON.parse(readFileSync(layout.journal, "utf8")) as readonly Done[];
  const left: string[] = [];
  for (const done of all.toReversed()) takeBack(done, layout, left);
  rmSync(layout.journal);
  return left;
}

function takeBack(done: Done, layout: Layout, left: string[]): void {
  switch (done.did) {
    case "service":
      if (done.systemd) system("systemctl", "disable", "--now", `${layout.user}.service`);
      else system(layout.script, "stop");
      rmSync(layout.runtime, { recursive: true, force: true });
      return;
    case "file":
      rmSync(done.path, { force: true });
      if (done.path === layout.unit) system("systemctl", "daemon-reload");
      return;
    case "connection":
      if (existsSync(done.path)) setSocket(done.path, done.socket);
      return;
    case "moved":
      if (!existsSync(done.to)) return; // it never came to it
      move(done.to, done.from);
      owned(done.from, done.uid, done.gid, 0o700, 0o600);
      return;
    case "data":
    case "config":
      // Grants and what the log holds since then are nobody's to throw away.
      if (!existsSync(done.path)) return;
      if (readdirSync(done.path).length === 0) rmdirSync(done.path);
      else left.push(setAside(done.path));
      return;
    case "user":
      if (userId(done.name) !== null) system("userdel", done.name);
  }
}

function setAside(path: string): string {
  for (let count = 1; ; count += 1) {
    const aside = join(dirname(path), `${basename(path)}.undone-${count}`);
    if (existsSync(aside)) continue;
    renameSync(path, aside);
    return aside;
  }
}
