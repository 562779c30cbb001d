import { fail, ok, type Result } from "@bylaw/core";
import { cosignaturesOn, parseWitnessVkey } from "./cosignature.ts";
import { type LedgerError, ledgerError } from "./errors.ts";
import { type NoteVerifier, parseVerifierKey } from "./key.ts";
import { POLICY_LINES_MAX } from "./limits.ts";

/** Who must have signed a checkpoint before it is believed (C2SP tlog-policy). */
export interface CheckpointPolicy {
  /** Logs that may be verified; empty when they are known from elsewhere. */
  readonly logs: readonly KnownLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** Whether these witnesses, by their names in the policy, are enough. */
  readonly met: (witnessed: ReadonlySet<string>) => boolean;
}

/** A log by its key; the key's name is its origin. */
export interface KnownLog {
  readonly vkey: string;
  readonly verifier: NoteVerifier;
  readonly url: string | null;
}

export interface PolicyWitness {
  /** Its name in the policy; its key may bear another. */
  readonly name: string;
  readonly verifier: NoteVerifier;
  readonly url: string | null;
}

type Rule = CheckpointPolicy["met"];

/** What has been defined so far while a policy is read. */
interface Draft {
  readonly logs: KnownLog[];
  readonly witnesses: PolicyWitness[];
  /** Every witness and group by name. */
  readonly rules: Map<string, Rule>;
  /** Names that are a member of some group already. */
  readonly members: Set<string>;
  /** Public keys, as they are written after the key id. */
  readonly keys: Set<string>;
  quorum: Rule | null;
}

/**
 * Reads a policy: lines `log <vkey> [url]`, `witness <name> <vkey> [url]`,
 * `group <name> all|any|<k> <member>...` and exactly one `quorum <name>|none`; names are defined
 * before they are used. Error: `policy.malformed`, with the line.
 */
export function parsePolicy(text: string): Result<CheckpointPolicy, LedgerError> {
  const lines = text.split("\n");
  const draft: Draft = {
    logs: [],
    witnesses: [],
    rules: new Map(),
    members: new Set(),
    keys: new Set(),
    quorum: null,
  };
  if (lines.length > POLICY_LINES_MAX) return malformed(0, `over ${POLICY_LINES_MAX} lines`);
  for (const [at, line] of lines.entries()) {
    if (/[^\t\P{Cc}]/u.test(line)) return malformed(at, "a control character");
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words.length === 0 || words[0]?.startsWith("#")) continue;
    const wrong = define(draft, words);
    if (wrong !== null) return malformed(at, wrong);
  }
  const { logs, witnesses, quorum } = draft;
  if (quorum === null) return malformed(lines.length - 1, "there is no `quorum` line");
  return ok({ logs, witnesses, met: quorum });
}

function malformed(line: number, reason: string): Result<never, LedgerError> {
  return fail(ledgerError("policy.malformed", `policy line ${line + 1}: ${reason}`));
}

/** What is wrong with the line; null when it was taken. */
function define(draft: Draft, [keyword = "", ...words]: readonly string[]): string | null {
  switch (keyword) {
    case "log":
      return defineLog(draft, words);
    case "witness":
      return defineWitness(draft, words);
    case "group":
      return defineGroup(draft, words);
    case "quorum":
      return defineQuorum(draft, words);
    default:
      return `unknown keyword \`${keyword}\``;
  }
}

function defineLog(draft: Draft, [vkey = "", ...rest]: readonly string[]): string | null {
  const verifier = parseVerifierKey(vkey);
  if (!verifier.ok || rest.length > 1) return "expected `log <vkey> [<url>]`";
  if (!isNewKey(draft, vkey)) return "the same key twice";
  draft.logs.push({ vkey, verifier: verifier.value, url: rest[0] ?? null });
  return null;
}

function defineWitness(
  draft: Draft,
  [name = "", vkey = "", ...rest]: readonly string[],
): string | null {
  const verifier = parseWitnessVkey(vkey);
  if (!verifier.ok || rest.length > 1) return "expected `witness <name> <vkey> [<url>]`";
  if (!isNewKey(draft, vkey)) return "the same key twice";
  if (name === "none" || draft.rules.has(name)) return `\`${name}\` is taken`;
  draft.witnesses.push({ name, verifier: verifier.value, url: rest[0] ?? null });
  draft.rules.set(name, (witnessed) => witnessed.has(name));
  return null;
}

/** One key under two names must not count twice. */
function isNewKey(draft: Draft, vkey: string): boolean {
  const raw = Buffer.from(vkey.split("+").slice(2).join("+"), "base64").subarray(1);
  const key = raw.toString("base64");
  if (draft.keys.has(key)) return false;
  draft.keys.add(key);
  return true;
}

function defineGroup(
  draft: Draft,
  [name = "", threshold = "", ...members]: readonly string[],
): string | null {
  if (name === "" || name === "none" || draft.rules.has(name)) return `\`${name}\` is taken`;
  if (members.length === 0) return "a group has members";
  const k = threshold === "any" ? 1 : threshold === "all" ? members.length : Number(threshold);
  const decimal = threshold === "any" || threshold === "all" || /^[1-9]\d*$/.test(threshold);
  if (!decimal || k > members.length) return `no group of ${members.length} has ${threshold}`;
  const rules: Rule[] = [];
  for (const member of members) {
    const rule = draft.rules.get(member);
    if (rule === undefined) return `\`${member}\` is not defined above`;
    if (draft.members.has(member)) return `\`${member}\` is a member twice`;
    draft.members.add(member);
    rules.push(rule);
  }
  draft.rules.set(name, (witnessed) => rules.filter((rule) => rule(witnessed)).length >= k);
  return null;
}

function defineQuorum(draft: Draft, [name = "", ...rest]: readonly string[]): string | null {
  if (draft.quorum !== null) return "a second `quorum` line";
  const rule = name === "none" ? (): boolean => true : draft.rules.get(name);
  if (rule === undefined || rest.length > 0) return `\`${name}\` is not defined above`;
  draft.quorum = rule;
  return null;
}

/** What a policy says about one signed checkpoint. */
export interface Assurance {
  readonly met: boolean;
  /** Names, in the policy, of the witnesses that count. */
  readonly witnesses: readonly string[];
  /** Oldest time of a cosignature that counts, in seconds since the epoch; null without one. */
  readonly oldest: number | null;
}

/**
 * Holds a checkpoint against a policy. A cosignature counts when it verifies and its time is in
 * [`since`, `until`] (seconds): an older one proves nothing about now, and one of the future nothing
 * at all. Error: a line of a witness in the policy that does not verify.
 */
export function assess(
  policy: CheckpointPolicy,
  note: string,
  { since, until }: { readonly since: number; readonly until: number },
): Result<Assurance, LedgerError> {
  const verifiers = policy.witnesses.map(({ verifier }) => verifier);
  const found = cosignaturesOn(note, verifiers);
  if (!found.ok) return found;
  const counted = found.value.filter(({ time }) => time >= since && time <= until);
  const names = policy.witnesses
    .filter(({ verifier }) =>
      counted.some(({ name, id }) => name === verifier.name && id === verifier.id),
    )
    .map(({ name }) => name);
  return ok({
    met: policy.met(new Set(names)),
    witnesses: names,
    oldest: counted.length === 0 ? null : Math.min(...counted.map(({ time }) => time)),
  });
}
