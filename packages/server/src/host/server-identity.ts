import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { JsonObject } from "@bylaw/core";
import type { UpstreamConfig } from "../config/config.ts";
import type { Certificate, Certificates } from "./certificates.ts";

/** Bytes of a program that are read for its digest; a larger one is known by size and time. */
const PROGRAM_MAX_BYTES = 67_108_864;
/** Bytes of a list of installed packages. */
const LOCK_MAX_BYTES = 16_777_216;
/** Digests remembered by path, size and time. */
const REMEMBERED_MAX = 256;

/** Programs that run another one: what says who the server is stands in their arguments. */
const INTERPRETERS =
  /^(?:node|nodejs|bun|deno|tsx|ts-node|python[\d.]*|ruby|perl|php|java|bash|sh|zsh)$/;
const NPM_RUNNERS = /^(?:npx|bunx|pnpx)$/;
const PIP_RUNNERS = /^(?:uvx|pipx)$/;

/** Where programs and packages of this user are. */
export interface IdentityOps {
  /** Folders that programs are looked for in. */
  readonly path: string;
  /** Folder of npm's cache; servers are started without the variable that may name another. */
  readonly npmCache: string;
  /** The certificate that an address shows now; null when it shows none that checks. */
  readonly certificate: (url: string) => Promise<Certificate | null>;
}

export function identityOps({ of: certificate }: Pick<Certificates, "of">): IdentityOps {
  return { path: process.env["PATH"] ?? "", npmCache: join(homedir(), ".npm"), certificate };
}

/**
 * Who an upstream is: its command with the package that it runs, or the digest of the program or script;
 * or its address. No environment and no header: those hold secrets.
 */
export type Identify = (upstream: UpstreamConfig) => Promise<Identity>;

export interface Identity {
  readonly content: JsonObject;
  /** False while it is not known which version of a package runs, since nothing is installed yet. */
  readonly whole: boolean;
  /** False for an address whose certificate cannot be looked at now. */
  readonly reached: boolean;
}

export function createIdentify(ops: IdentityOps): Identify {
  const digests = new Map<string, { readonly stamp: string; readonly digest: string }>();

  async function digestOf(file: string): Promise<string | null> {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return null;
    const stamp = `${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.ino}`;
    if (stats.size > PROGRAM_MAX_BYTES) return `stat:${stats.size}:${stats.mtimeMs}`;
    const known = digests.get(file);
    if (known?.stamp === stamp) return known.digest;
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    const digest = `sha256:${hash.digest("hex")}`;
    if (digests.size >= REMEMBERED_MAX) digests.clear();
    digests.set(file, { stamp, digest });
    return digest;
  }

  return async (upstream) => {
    if (upstream.kind === "http") return addressed(upstream, ops.certificate);
    const [program, ...args] = upstream.command;
    const command = [...upstream.command];
    const runner = basename(program).replace(/\.(?:cmd|exe)$/i, "");
    const spec = packageSpec(runner, args);
    if (spec !== null) {
      const cache = upstream.env["npm_config_cache"] ?? ops.npmCache;
      const found = NPM_RUNNERS.test(runner) ? npmPackage(spec, upstream.cwd, cache) : null;
      const installed = found ?? { version: null, integrity: null };
      const content = { command, package: { spec, ...installed } };
      return { content, whole: found !== null, reached: true };
    }
    const file = INTERPRETERS.test(runner)
      ? args.map((word) => resolve(upstream.cwd, word)).find((path) => isFile(path))
      : onPath(program, upstream.cwd, ops.path);
    if (file === undefined) return { content: { command }, whole: true, reached: true };
    const path = realpathSync(file);
    const content = { command, program: { path, digest: await digestOf(path) } };
    return { content, whole: true, reached: true };
  };
}

/** An address, with as much of the certificate behind it as is to be compared. */
async function addressed(
  { url, certificate: compared }: Extract<UpstreamConfig, { kind: "http" }>,
  look: IdentityOps["certificate"],
): Promise<Identity> {
  if (compared === "off" || !url.startsWith("https:"))
    return { content: { url }, whole: true, reached: true };
  const shown = await look(url);
  if (shown === null) return { content: { url }, whole: true, reached: false };
  const { issuer, key } = shown;
  const certificate = compared === "key" ? { issuer, key } : { issuer };
  return { content: { url, certificate }, whole: true, reached: true };
}

/** The package that a runner is told to run, as it is written; null where none is run. */
export function packageSpec(runner: string, args: readonly string[]): string | null {
  if (!NPM_RUNNERS.test(runner) && !PIP_RUNNERS.test(runner)) return null;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    const [, long] = /^--(?:package|from|spec)=(.+)$/.exec(word) ?? [];
    if (long !== undefined) return long;
    if (["-p", "--package", "--from", "--spec"].includes(word)) return args[at + 1] ?? null;
    if (["--python", "--with", "--registry", "--cache"].includes(word)) at += 1;
    else if (!word.startsWith("-") && word !== "run") return word;
  }
  return null;
}

interface Installed {
  readonly version: string | null;
  readonly integrity: string | null;
}

/**
 * The package as npm has installed it: in the project, or in the folder that npx keeps for exactly this
 * package (npm, libnpmexec). Null where npm has none yet.
 */
function npmPackage(spec: string, cwd: string, cache: string): Installed | null {
  const name = /^(@[^/]+\/[^@]+|[^@]+)/.exec(spec)?.[1] ?? spec;
  const key = createHash("sha512").update(spec).digest("hex").slice(0, 16);
  const folders = [...above(cwd), join(cache, "_npx", key)];
  for (const folder of folders) {
    const found = lockedPackage(join(folder, "node_modules", ".package-lock.json"), name);
    if (found !== null) return found;
  }
  return null;
}

function above(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

function lockedPackage(lock: string, name: string): Installed | null {
  try {
    if (statSync(lock).size > LOCK_MAX_BYTES) return null;
    const { packages } = JSON.parse(readFileSync(lock, "utf8")) as {
      readonly packages?: Readonly<Record<string, Partial<Installed>>>;
    };
    const found = packages?.[`node_modules/${name}`];
    if (found === undefined) return null;
    return { version: text(found.version), integrity: text(found.integrity) };
  } catch {
    return null; // not there, or not npm's
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function onPath(program: string, cwd: string, path: string): string | undefined {
  if (/[/\\]/.test(program)) return resolve(cwd, program);
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => isFile(file));
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
