import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type GrantSpec, grantText } from "@bylaw/bundle";
import { type Bundle, canonicalTime, type GrantState, type PolicyMeta } from "@bylaw/core";
import type { Config } from "../config/config.ts";
import { createExclusive } from "./exclusive.ts";
import type { Host } from "./pipeline-ops.ts";
import { loadRules, type Rules } from "./rules.ts";
import type { Versions } from "./versions.ts";

/** Whether a grant still permits, and why not. */
export type GrantStanding = "active" | "expired" | "spent" | "revoked";

/** A grant in force or ended, as people see it. */
export interface GrantRow {
  readonly id: string;
  readonly state: GrantStanding;
  readonly owner: string;
  /** Principal, action and resource as the policy has them. */
  readonly permits: string;
  /** Canonical time; null for a grant without an end. */
  readonly expires: string | null;
  /** Actions that rest on it, in flight or done; null where nobody counts because there is no limit. */
  readonly uses: number | null;
  /** Null for any number of actions. */
  readonly usesMax: number | null;
  readonly left: number | null;
  readonly reason: string;
  readonly digest: string;
}

export type GrantErrorCode =
  | "grant.no_folder"
  | "grant.unknown_person"
  | "grant.unowned"
  | "grant.endless"
  | "grant.ended"
  | "grant.exists"
  | "grant.not_found"
  | "grant.revoked_before"
  | "grant.rolled_back"
  | "grant.files_changed"
  | "grant.not_in_folder"
  | "grant.not_narrower"
  | "grant.invalid"
  | "grant.unwritable";

export interface GrantRefusal {
  readonly error: GrantErrorCode;
  /** For people: what the loader or the file system said. */
  readonly message?: string;
}

export interface GrantAdded {
  readonly id: string;
  /** The policy as it is, or would be, in its file. */
  readonly text: string;
  readonly file: string;
  /** False after a dry run. */
  readonly added: boolean;
}

/** What a person asks for when adding a grant. */
export interface GrantWish extends GrantSpec {
  /** Says that no end is meant. */
  readonly noEnd: boolean;
}

/** Grants: written as policies, put in force by the loader that reads every policy, counted by the store. */
export interface Grants {
  /** By id. */
  list(): Promise<readonly GrantRow[]>;
  /** Writes a grant and puts it in force, or says what would be written. */
  add(wish: GrantWish, by: string, dryRun: boolean): Promise<GrantAdded | GrantRefusal>;
  /** Ends a grant for good, from the next action on; its file and its uses stay as they are. */
  revoke(id: string, reason: string, by: string): Promise<{ readonly id: string } | GrantRefusal>;
  /** Puts a narrower text in the place of a grant of the folder; its uses go on counting. */
  narrow(
    id: string,
    text: string,
    reason: string,
    by: string,
  ): Promise<{ readonly id: string } | GrantRefusal>;
  /** Records that a person turned the proposal for a refused action down. */
  decline(action: string, reason: string, by: string): Promise<GrantRefusal | null>;
}

export function createGrants(host: Host & { readonly rules: Versions }): Grants {
  const { config, store, rules, now } = host;
  const alone = createExclusive();

  const record = (
    id: string,
    before: string | null,
    after: string | null,
    by: string,
    reason: string,
  ): Promise<unknown> =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        subject: "grant",
        at: canonicalTime(now()),
        id,
        before,
        after,
        by,
        reason,
      },
      "sync",
      null,
    );

  /** Files that are not in force must not come into force with a grant, unseen. */
  async function unchanged(): Promise<GrantRefusal | null> {
    if (!rules.status().followsFiles) return { error: "grant.rolled_back" };
    const onDisk = await loadRules(config);
    if (onDisk.ok && onDisk.value.name === rules.current().name) return null;
    const message = onDisk.ok ? {} : { message: onDisk.error.join("\n") };
    return { error: "grant.files_changed", ...message };
  }

  /** Recorded before it is in force; taken back, in the log too, when it cannot come into force. */
  async function putInForce(change: {
    readonly id: string;
    readonly file: string;
    readonly text: string;
    /** What the file says now; null for a new one. */
    readonly previous: string | null;
    readonly wanted: Rules;
    readonly by: string;
    readonly reason: string;
  }): Promise<GrantRefusal | null> {
    const { id, file, text, previous, wanted, by, reason } = change;
    const before = digestIn(rules.current().bundle, id);
    const after = digestIn(wanted.bundle, id);
    await record(id, before, after, by, reason);
    let failed: GrantRefusal | null = null;
    try {
      writeGrant(file, text, previous === null);
      await rules.reload(by, "asked");
      if (digestIn(rules.current().bundle, id) !== after) failed = { error: "grant.files_changed" };
    } catch (error) {
      if (!isFileError(error)) throw error;
      failed = { error: "grant.unwritable", message: (error as Error).message };
    }
    if (failed === null) return null;
    if (previous === null) rmSync(file, { force: true });
    else writeGrant(file, previous, false);
    await record(id, after, before, by, `not in force: ${failed.error}`);
    return failed;
  }

  async function add(
    wish: GrantWish,
    by: string,
    dryRun: boolean,
  ): Promise<GrantAdded | GrantRefusal> {
    const { grants: folder } = config;
    if (folder === null) return { error: "grant.no_folder" };
    const problem = refusalOf(config, wish, by, now());
    if (problem !== null) return { error: problem };
    const { id } = wish;
    // An id that was ever counted or revoked would bring that with it.
    if (rules.current().bundle.policies.has(id) || Object.hasOwn(await store.grants(), id))
      return { error: "grant.exists" };
    const stale = await unchanged();
    if (stale !== null) return stale;
    const file = join(folder, `${id}.cedar`);
    const text = grantText(wish);
    const wanted = await loadRules(config, [{ file, text }]);
    if (!wanted.ok) return { error: "grant.invalid", message: wanted.error.join("\n") };
    const added = { id, text, file };
    if (dryRun) return { ...added, added: false };
    const { reason } = wish;
    const change = { id, file, text, previous: null, wanted: wanted.value, by, reason };
    return (await putInForce(change)) ?? { ...added, added: true };
  }

  async function narrow(
    id: string,
    text: string,
    reason: string,
    by: string,
  ): Promise<{ readonly id: string } | GrantRefusal> {
    if (!isPerson(config, by)) return { error: "grant.unknown_person" };
    const { bundle } = rules.current();
    if (bundle.policies.get(id)?.grant == null) return { error: "grant.not_found" };
    const file = config.grants === null ? null : join(config.grants, `${id}.cedar`);
    const previous = file === null ? null : readIfThere(file);
    if (file === null || previous === null) return { error: "grant.not_in_folder" };
    const stale = await unchanged();
    if (stale !== null) return stale;
    const wanted = await loadRules(config, [{ file, text }]);
    if (!wanted.ok) return { error: "grant.invalid", message: wanted.error.join("\n") };
    if (!onlyScopeDiffers(bundle, wanted.value.bundle, id)) return { error: "grant.not_narrower" };
    const change = { id, file, text, previous, wanted: wanted.value, by, reason };
    return (await putInForce(change)) ?? { id };
  }

  return {
    list: async () => {
      const { bundle } = rules.current();
      const states = await store.grants();
      return [...bundle.policies.values()]
        .flatMap((policy) => rowOf(bundle, policy, states, canonicalTime(now())) ?? [])
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    add: (wish, by, dryRun) => alone("grants", () => add(wish, by, dryRun)),
    narrow: (id, text, reason, by) => alone("grants", () => narrow(id, text, reason, by)),
    revoke: async (id, reason, by) => {
      if (!isPerson(config, by)) return { error: "grant.unknown_person" };
      const policy = rules.current().bundle.policies.get(id);
      if (policy?.grant == null) return { error: "grant.not_found" };
      // First what restricts: a revocation that could not be recorded still holds.
      if (!(await store.revokeGrant(id))) return { error: "grant.revoked_before" };
      await record(id, policy.digest, null, by, reason);
      return { id };
    },
    decline: async (action, reason, by) => {
      if (!isPerson(config, by)) return { error: "grant.unknown_person" };
      await record(action, null, null, by, reason);
      return null;
    },
  };
}

/** What is wrong with a wish before anything is written. */
function refusalOf(
  config: Config,
  { owner, expires, noEnd }: GrantWish,
  by: string,
  now: number,
): GrantErrorCode | null {
  if (!isPerson(config, by)) return "grant.unknown_person";
  const groups = new Set(Object.values(config.people).flatMap((person) => person.groups));
  const owned = owner.type === "User" ? isPerson(config, owner.id) : groups.has(owner.id);
  if (!owned) return "grant.unowned";
  if (expires === null) return noEnd ? null : "grant.endless";
  return Date.parse(expires) <= now ? "grant.ended" : null;
}

function isPerson({ people }: Config, name: string): boolean {
  return Object.hasOwn(people, name);
}

function digestIn({ policies }: Bundle, id: string): string | null {
  return policies.get(id)?.digest ?? null;
}

/** Whether the same policies are there, all but one unchanged, and that one still the same grant. */
function onlyScopeDiffers(before: Bundle, after: Bundle, id: string): boolean {
  if (before.policies.size !== after.policies.size) return false;
  const terms = ({ policies }: Bundle): string => JSON.stringify(policies.get(id)?.grant ?? null);
  if (terms(before) !== terms(after)) return false;
  return [...before.policies.values()].every(
    ({ id: other, digest }) => other === id || digestIn(after, other) === digest,
  );
}

function rowOf(
  bundle: Bundle,
  { id, grant, reason, digest }: PolicyMeta,
  states: Readonly<Record<string, GrantState>>,
  now: string,
): GrantRow | null {
  if (grant === null) return null;
  const state = Object.hasOwn(states, id) ? states[id] : undefined;
  const { owner, expires, uses: usesMax } = grant;
  const uses = usesMax === null ? null : (state?.uses ?? 0);
  const left = usesMax === null || uses === null ? null : Math.max(0, usesMax - uses);
  const ended = expires !== null && expires <= now ? "expired" : left === 0 ? "spent" : "active";
  return {
    id,
    state: state?.revoked === true ? "revoked" : ended,
    owner,
    permits: scopeOf(bundle, id),
    expires,
    uses,
    usesMax,
    left,
    reason,
    digest,
  };
}

function scopeOf({ written }: Bundle, id: string): string {
  const clauses = written.policy(id)?.clauses ?? [];
  return clauses.map(({ text }) => text).join(", ");
}

/** The old text or the new one, whenever the power goes. A new grant never takes another's file. */
function writeGrant(file: string, text: string, fresh: boolean): void {
  mkdirSync(dirname(file), { recursive: true });
  if (fresh) return writeFileSync(file, text, { mode: 0o644, flag: "wx", flush: true });
  writeFileSync(`${file}.new`, text, { mode: 0o644, flush: true });
  renameSync(`${file}.new`, file);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function isFileError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === "string";
}
