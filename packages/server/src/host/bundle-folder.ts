import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { BundleFile } from "@bylaw/bundle";
import { canonicalize, fail, isObject, type Json, parseStrict, type Result } from "@bylaw/core";
import * as z from "zod";
import { nameOf } from "./rules.ts";
import { readSigned } from "./signed.ts";

/** One version that was in force at some time. */
export interface Version {
  /** Counts from 1; what came back by a rollback keeps its number. */
  readonly version: number;
  /** Names policies and catalog together, and the file. */
  readonly name: string;
  /** Digest of the policies: what decisions name. */
  readonly digest: string;
  /** Canonical time. */
  readonly created: string;
  readonly acceptedBy: string;
}

/** What is in force, and what was. */
export interface BundleState {
  readonly v: 1;
  /** Name of the version in force. */
  readonly active: string;
  /** After a rollback: name of what the files on disk were then, which is not followed. */
  readonly ignored: string | null;
  /** Bundles, by digest, that may not decide until a person has looked. */
  readonly quarantined: readonly string[];
  /** Oldest first. */
  readonly versions: readonly Version[];
}

/** `bundle.state`: it does not read. `bundle.conflict`: somebody else has changed it meanwhile. */
export class BundleFolderError extends Error {
  readonly code: "bundle.state" | "bundle.conflict";
  constructor(code: BundleFolderError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const name = z.string().regex(/^[0-9a-f]{64}-[0-9a-f]{16}$/);
const stateSchema: z.ZodType<BundleState> = z.strictObject({
  v: z.literal(1),
  active: name,
  ignored: name.nullable(),
  quarantined: z.array(digest),
  versions: z
    .array(
      z.strictObject({
        version: z.int().min(1),
        name,
        digest,
        created: z.string(),
        acceptedBy: z.string(),
      }),
    )
    .min(1),
});

/** The folder `bundles` of a data folder: one signed file per version, and which one is in force. */
export interface BundleFolder {
  /** Null before the first version. Throws `bundle.state`. */
  state(): BundleState | null;
  /** Replaces the state that was read. Throws `bundle.conflict` when it is another one by now. */
  swap(before: BundleState | null, after: BundleState): void;
  /** Keeps the text of a bundle file; on disk when this returns. */
  put(name: string, text: string): void;
  /** A version's file, its signature checked; texts say why there is none. Throws `bundle.state`. */
  get(name: string): Result<BundleFile, readonly string[]>;
}

/** In: the data folder, and the public key that its bundle files are signed with. */
export function bundleFolder(folder: string, vkey: string): BundleFolder {
  const place = join(folder, "bundles");
  const statePath = join(place, "state.json");
  const fileOf = (version: string): string => join(place, `${version}.json`);

  function state(): BundleState | null {
    const text = read(statePath);
    if (text === null) return null;
    const parsed = parseStrict(text.trimEnd());
    const checked =
      parsed.ok && isObject(parsed.value) ? stateSchema.safeParse(parsed.value) : null;
    if (checked?.success !== true || !isListed(checked.data))
      throw new BundleFolderError("bundle.state", `\`${statePath}\` does not read`);
    return checked.data;
  }

  return {
    state,
    swap(before, after): void {
      if (textOf(state()) !== textOf(before))
        throw new BundleFolderError("bundle.conflict", "another process changed what is in force");
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeAtomically(statePath, textOf(after));
    },
    put(version, text): void {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeAtomically(fileOf(version), text);
    },
    get(version): Result<BundleFile, readonly string[]> {
      const text = read(fileOf(version));
      if (text === null) return fail([`\`${fileOf(version)}\` is not there`]);
      const file = readSigned(fileOf(version), text, [vkey]);
      if (!file.ok) return file;
      // The signature of another version is good too: a copy of it must not pass for this one.
      return nameOf(file.value) === version
        ? file
        : fail([`\`${fileOf(version)}\` holds another version`]);
    },
  };
}

/** What is in force must be in the list, or nobody could say what it is. */
function isListed({ active, versions }: BundleState): boolean {
  return (
    versions.some((version) => version.name === active) &&
    new Set(versions.map((version) => version.name)).size === versions.length
  );
}

function textOf(state: BundleState | null): string {
  return `${canonicalize(state as unknown as Json)}\n`;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new BundleFolderError("bundle.state", `\`${path}\` cannot be read (${code})`);
  }
}

/** The old content or the new one, whenever the power goes: on disk before it gets its name. */
function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode: 0o600, flag: "wx", flush: true });
  renameSync(temporary, path);
  if (process.platform === "win32") return; // a folder cannot be opened there
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
