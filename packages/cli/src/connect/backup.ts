import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A client's file as it was before `bylaw connect`, and as it was left. */
export interface Backup {
  readonly v: 1;
  readonly client: string;
  /** The file itself, links followed. */
  readonly file: string;
  /** Base64 of its bytes; null where it was not there. */
  readonly before: string | null;
  readonly after: string;
  /** Permission bits; null where it was not there. */
  readonly mode: number | null;
}

/** Where backups and agents' tokens are kept: readable by the owner alone, since both hold secrets. */
export function connectFolder(data: string): string {
  const folder = join(data, "connect");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The file that a path names; a link is followed, so that the link stays one. */
export function realFile(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

export function readBackup(data: string, client: string, file: string): Backup | null {
  const path = backupPath(data, client, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Backup) : null;
}

/** Every backup of a client. */
export function backupsOf(data: string, client: string): readonly Backup[] {
  const folder = connectFolder(data);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${client}-`) && name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Backup)
    .filter((backup) => backup.client === client);
}

export function writeBackup(data: string, backup: Backup): void {
  writeWhole(backupPath(data, backup.client, backup.file), `${JSON.stringify(backup)}\n`, 0o600);
}

export function removeBackup(data: string, { client, file }: Backup): void {
  rmSync(backupPath(data, client, file), { force: true });
}

function backupPath(data: string, client: string, file: string): string {
  const name = createHash("sha256").update(file).digest("hex").slice(0, 16);
  return join(connectFolder(data), `${client}-${name}.json`);
}

/** Bytes and permissions of a file; null where it is not there. */
export function readWhole(file: string): { readonly bytes: Buffer; readonly mode: number } | null {
  if (!existsSync(file)) return null;
  return { bytes: readFileSync(file), mode: statSync(file).mode & 0o777 };
}

/** A reader sees the old file or the new one, never a half. */
export function writeWhole(file: string, content: string | Uint8Array, mode: number): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.bylaw-${process.pid}`;
  try {
    writeFileSync(fresh, content, { mode, flag: "wx", flush: true });
    chmodSync(fresh, mode); // whatever the umask is
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
