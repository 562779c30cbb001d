import { readBundleFile } from "@bylaw/bundle";
import {
  type AlarmRecord,
  type Bundle,
  canonicalTime,
  type Engine,
  fail,
  ok,
  type Result,
} from "@bylaw/core";
import type { Store } from "@bylaw/store";
import type { BundleFolder, BundleState, Version } from "./bundle-folder.ts";
import { bundleText } from "./bundle-text.ts";
import { createExclusive } from "./exclusive.ts";
import { type Rules, rulesOfFile } from "./rules.ts";
import { openedBy } from "./signed.ts";

/** Versions that stay compiled in memory, for a rollback that takes no time. */
const COMPILED_MAX = 8;
/** Versions that the history lists; the files of older ones stay in the folder. */
const VERSIONS_MAX = 10_000;

export interface VersionsOptions {
  readonly folder: BundleFolder;
  readonly store: Pick<Store, "log" | "limitGrant">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Reads what the configuration names; errors are texts. */
  readonly load: () => Promise<Result<Rules, readonly string[]>>;
  /** One line for the operator. */
  readonly log: (line: string) => void;
  /** Whether changed files wait for a person, who proves that it is one. */
  readonly held: () => Promise<boolean>;
  /** Stands between a bundle and its engine; how tests plant a defect. */
  readonly engine?: ((engine: Engine) => Engine) | undefined;
}

/** What decides at present. */
export interface RulesInForce {
  current(): Rules;
  /** The rules that a bundle is part of, also when it is no longer in force. */
  of(bundle: Bundle): Rules;
  /** `bundle.quarantined`, or null when the bundle may decide. */
  barred(bundle: Bundle): string | null;
}

export interface PolicyStatus extends Version {
  /** False after a rollback: the files on disk say something else and are not followed. */
  readonly followsFiles: boolean;
  /** Why the files on disk were refused when they were last read; empty when they were not. */
  readonly refused: readonly string[];
  readonly quarantined: boolean;
  /** Digest of what the files say and a person has not put in force yet; null where there is none. */
  readonly pending: string | null;
}

/** What the files would put in force. */
export interface PolicyPreview {
  /** Of policies and catalog together. */
  readonly name: string;
  /** Policies that come, go or change, by id. */
  readonly lines: readonly string[];
}

export type PolicyError = "bundle.not_found" | "bundle.not_quarantined" | "bundle.unusable";

/** The versions of the policies and which one is in force. Changes happen one after the other. */
export interface Versions extends RulesInForce {
  status(): PolicyStatus;
  /** Oldest first. */
  history(): readonly Version[];
  /**
   * Reads the files again and puts them in force as a whole, or not at all. `watch`: after a
   * rollback, files that are still what was rolled back from are not followed. In: the name of what
   * may be put in force alone, as a person saw it; null for whatever is there.
   */
  reload(by: string, why: "asked" | "watch", only?: string | null): Promise<PolicyStatus>;
  /** What a reload would do; null where the files do not load. */
  preview(): Promise<PolicyPreview | null>;
  /** Puts an earlier version in force: by number or digest, or the one before (null). */
  rollback(to: string | null, by: string): Promise<Result<PolicyStatus, PolicyError>>;
  /** Stops a bundle from deciding; takes effect before this returns. */
  quarantine(digest: string, action: string, text: string): Promise<void>;
  /** Lets a quarantined bundle decide again. In: its digest and what the person found. */
  release(digest: string, reason: string, by: string): Promise<Result<PolicyStatus, PolicyError>>;
}

/**
 * Puts what a start found in force: `loaded` from the files, or, where they do not load, what was in
 * force last. Errors are texts. Throws BundleFolderError.
 */
export async function openVersions(
  options: VersionsOptions,
  loaded: Result<Rules, readonly string[]>,
  by: string,
): Promise<Result<Versions, readonly string[]>> {
  const state = options.folder.state();
  const waiting =
    state !== null && loaded.ok && state.active !== loaded.value.name && (await options.held());
  const ignored = !loaded.ok || state?.ignored === loaded.value.name;
  const kept = state !== null && (ignored || waiting) ? state : null;
  if (kept === null && !loaded.ok) return loaded;
  const first = kept === null ? loaded : await rulesOf(options.folder, kept.active);
  if (!first.ok) return fail([...first.error, UNUSABLE]);
  const versions = createVersions(options, first.value, state);
  if (!loaded.ok) await versions.refuse(loaded.error);
  if (kept === null && loaded.ok) await versions.follow(loaded.value, by);
  if (!ignored && waiting && loaded.ok) versions.wait(loaded.value);
  await versions.limitGrants();
  return ok(versions);
}

const UNUSABLE =
  "what was in force last cannot be used; other policy files end that, or remove `bundles/state.json`";

async function rulesOf(
  folder: BundleFolder,
  name: string,
): Promise<Result<Rules, readonly string[]>> {
  const file = folder.get(name);
  return file.ok ? rulesOfFile(file.value) : file;
}

interface Starting extends Versions {
  refuse(messages: readonly string[]): Promise<void>;
  follow(rules: Rules, by: string): Promise<void>;
  wait(rules: Rules): void;
  limitGrants(): Promise<void>;
}

function createVersions(
  { folder, store, now, load, log, held, engine }: VersionsOptions,
  first: Rules,
  found: BundleState | null,
): Starting {
  const alone = createExclusive();
  const compiled = new Map<string, Rules>();
  const byBundle = new WeakMap<Bundle, Rules>();
  const barred = new Set(found?.quarantined ?? []);
  let state = found;
  let active = keep(first);
  let refused: readonly string[] = [];
  let pending: Rules | null = null;
  /** Name of what the files last came to. */
  let files = found?.ignored ?? first.name;

  /** One object per version, so that what is compiled is shared and found again. */
  function keep(rules: Rules): Rules {
    const kept = compiled.get(rules.name) ?? guarded(rules);
    compiled.delete(kept.name); // to the end: the first ones go first
    compiled.set(kept.name, kept);
    byBundle.set(kept.bundle, kept);
    for (const name of [...compiled.keys()].slice(0, -COMPILED_MAX)) compiled.delete(name);
    return kept;
  }

  function guarded(rules: Rules): Rules {
    if (engine === undefined) return rules;
    return { ...rules, bundle: { ...rules.bundle, engine: engine(rules.bundle.engine) } };
  }

  function update(parts: Pick<BundleState, "active" | "ignored" | "versions">): void {
    const after = { ...parts, v: 1, quarantined: [...barred].sort() } as const;
    folder.swap(state, after);
    state = after;
  }

  function inForce(): BundleState {
    if (state === null) throw new Error("nothing was put in force yet");
    return state;
  }

  function versionOf(name: string): Version {
    const version = inForce().versions.find((one) => one.name === name);
    if (version === undefined) throw new Error(`no version is called \`${name}\``);
    return version;
  }

  function status(): PolicyStatus {
    return {
      ...versionOf(active.name),
      followsFiles: inForce().ignored === null,
      refused,
      quarantined: barred.has(active.bundle.digest),
      pending: pending?.bundle.digest ?? null,
    };
  }

  /** A version that cannot be read back is never put in force. */
  function filed(rules: Rules, version: Version): void {
    const file = folder.get(rules.name);
    if (file.ok && file.value.version === version.version) return;
    const text = bundleText(rules, version, (note) => store.log.sign(note));
    if (!readBundleFile(text, openedBy([store.log.vkey])).ok)
      throw new Error("the bundle file does not read");
    folder.put(rules.name, text);
  }

  async function limitGrants(rules: Rules = active): Promise<void> {
    const limits = [...rules.bundle.policies.values()].flatMap(({ id, grant }) =>
      grant?.uses == null ? [] : [store.limitGrant(id, grant.uses)],
    );
    await Promise.all(limits);
  }

  const changed = (id: number, before: string | null, after: string, by: string) =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
        subject: "bundle",
        id: String(id),
        before,
        after,
        by,
      },
      "sync",
      null,
    );

  const alarm = (parts: Omit<AlarmRecord, "v" | "kind" | "at">) =>
    store.log.append({ v: 1, kind: "alarm", at: canonicalTime(now()), ...parts }, "sync", null);

  /** File, grants, record, state and only then memory: what decides is always what was recorded. */
  async function activate(rules: Rules, by: string, ignored: string | null): Promise<void> {
    const listed = state?.versions ?? [];
    const known = listed.find(({ name }) => name === rules.name);
    const version = known ?? {
      version: (listed.at(-1)?.version ?? 0) + 1,
      name: rules.name,
      digest: rules.bundle.digest,
      created: canonicalTime(now()),
      acceptedBy: by,
    };
    filed(rules, version);
    await limitGrants(rules);
    const before = state === null ? null : versionOf(state.active).digest;
    await changed(version.version, before, version.digest, by);
    const versions = known === undefined ? pruned([...listed, version], state) : listed;
    try {
      update({ active: rules.name, ignored, versions });
    } catch (error) {
      // The log must not say that something decides which does not.
      if (before !== null)
        await changed(versionOf(active.name).version, version.digest, before, by);
      throw error;
    }
    active = keep(rules);
  }

  async function follow(rules: Rules, by: string): Promise<void> {
    files = rules.name;
    refused = [];
    pending = null;
    if (state === null || state.active !== rules.name) return activate(rules, by, null);
    filed(rules, versionOf(rules.name)); // anew, if somebody has removed or changed it
    if (state.ignored !== null) update({ ...state, ignored: null });
  }

  /** Whoever can write the files is not yet whoever may put them in force (threat T6). */
  function wait(rules: Rules): void {
    refused = [];
    if (pending?.name === rules.name) return;
    pending = rules;
    log("policy.pending - changed policy files wait for: bylaw policy reload");
  }

  async function refuse(messages: readonly string[]): Promise<void> {
    const again = messages.join("\n") === refused.join("\n");
    refused = messages;
    if (again) return; // whoever watches has been told
    const { version, digest } = versionOf(active.name);
    const text = `${messages.length} problems in the policy files; version ${version} stays in force`;
    log(`bundle.refused - ${text}: ${messages[0]?.split("\n")[0] ?? ""}`);
    await alarm({ code: "bundle.refused", bundle: digest, action: null, by: null, text });
  }

  function wanted(to: string | null): Version | undefined {
    const { version } = versionOf(active.name);
    const listed = inForce().versions;
    if (to === null) return listed.findLast((one) => one.version < version);
    if (/^\d{1,7}$/.test(to)) return listed.find((one) => one.version === Number(to));
    return listed.findLast(({ digest }) => digest === to);
  }

  return {
    current: () => active,
    of: (bundle) => byBundle.get(bundle) ?? active,
    barred: ({ digest }) => (barred.has(digest) ? "bundle.quarantined" : null),
    status,
    history: () => inForce().versions,
    refuse,
    follow,
    wait,
    async preview() {
      const loaded = await load();
      if (!loaded.ok) return null;
      return { name: loaded.value.name, lines: differences(active.bundle, loaded.value.bundle) };
    },
    limitGrants,
    reload: (by, why, only = null) =>
      alone("policy", async () => {
        const loaded = await load();
        if (!loaded.ok) {
          pending = null;
          await refuse(loaded.error);
          return status();
        }
        const { value } = loaded;
        if (only !== null && value.name !== only) return { ...status(), refused: [CHANGED] };
        if (why === "asked") await follow(value, by);
        else if (value.name === inForce().ignored) refused = [];
        else if (value.name !== active.name && (await held())) wait(value);
        else await follow(value, by);
        return status();
      }),
    rollback: (to, by) =>
      alone("policy", async () => {
        const version = wanted(to);
        if (version === undefined) return fail("bundle.not_found");
        const kept = compiled.get(version.name);
        const rules = kept === undefined ? await rulesOf(folder, version.name) : ok(kept);
        if (!rules.ok) {
          log(`bundle.unusable - version ${version.version}: ${rules.error[0] ?? ""}`);
          return fail("bundle.unusable");
        }
        if (version.name !== active.name)
          await activate(rules.value, by, version.name === files ? null : files);
        return ok(status());
      }),
    async quarantine(digest, action, text): Promise<void> {
      if (barred.has(digest)) return;
      barred.add(digest);
      log(`shadow.mismatch ${digest} ${text}; nothing goes on until: bylaw policy release`);
      await alone("policy", async () => {
        try {
          update(inForce());
        } finally {
          await alarm({ code: "shadow.mismatch", bundle: digest, action, by: null, text });
        }
      });
    },
    release: (digest, reason, by) =>
      alone("policy", async () => {
        if (!barred.has(digest)) return fail("bundle.not_quarantined");
        await alarm({ code: "bundle.released", bundle: digest, action: null, by, text: reason });
        barred.delete(digest);
        update(inForce());
        return ok(status());
      }),
  };
}

const CHANGED = "the policy files have changed since they were shown; look at them again";
/** Differences that a person is shown; one more line says how many there are besides. */
const DIFFERENCES_MAX = 30;

function differences(before: Bundle, after: Bundle): readonly string[] {
  const ids = [...new Set([...before.policies.keys(), ...after.policies.keys()])].sort();
  const lines = ids.flatMap((id) => {
    const [old, next] = [before.policies.get(id)?.digest, after.policies.get(id)?.digest];
    if (old === next) return [];
    return [`${next === undefined ? "without" : old === undefined ? "with" : "changed"} ${id}`];
  });
  const rest = lines.length - DIFFERENCES_MAX;
  if (rest > 0) return [...lines.slice(0, DIFFERENCES_MAX), `and ${rest} more`];
  return lines.length === 0 ? ["no policy changes; the catalog may"] : lines;
}

/** The newest ones and the one in force. */
function pruned(versions: readonly Version[], state: BundleState | null): readonly Version[] {
  const from = versions.length - VERSIONS_MAX;
  return from <= 0
    ? versions
    : versions.filter(({ name }, at) => at >= from || name === state?.active);
}
