import { assignmentAt, neighbourAt, siblingName, valueAfter } from "./assignment.ts";
import { bearerAt } from "./bearer.ts";
import {
  commandPassword,
  netrcPasswordAt,
  secretOptionAt,
  userOptionAt,
} from "./command-password.ts";
import { isTokenBody } from "./evidence.ts";
import { anchorOf, type Format, matchFormat, startsThere } from "./format.ts";
import { assignedKey, assignedPassword, authorization, judge, opaque } from "./generic.ts";
import { COMMAND_UNITS_MAX } from "./limits.ts";
import { nameKind } from "./names.ts";
import { PRIVATE_KEY_START, privateKey, privateKeyAt } from "./private-key.ts";
import type { Finding, ProviderRule, Rule } from "./rule.ts";
import { PROVIDERS } from "./secrets/index.ts";
import { statedAt } from "./stated.ts";
import { urlPassword, urlPasswordAt } from "./url-password.ts";
import { webhook, webhookAt } from "./webhook.ts";

/** Rules that know a secret by where it stands. */
export const CONTEXT_RULES: readonly Rule[] = [
  assignedKey,
  assignedPassword,
  authorization,
  commandPassword,
  opaque,
  privateKey,
  urlPassword,
  webhook,
];

/** Finds secrets in one text. In: text within SCAN_UNITS_MAX, and the name it stands under, if any. */
export type SecretScanner = (text: string, name?: string) => readonly Finding[];

/** What is looked at where two characters stand next to each other. */
type Probe = (scan: Scan, at: number) => Finding | null;

interface Scan {
  readonly text: string;
  /** Where `curl` was last seen: its options follow. */
  curl: number;
  /** Values up to here are taken: what stands inside is no assignment of its own. */
  taken: number;
}

const ASCII = 128;

/**
 * One pass over the text. Two neighbouring characters, and the one behind them, select the few probes that
 * can start there, each of which looks at no more than its own limit, so that time grows with the length of
 * the text alone.
 */
export function secretScanner(providers: readonly ProviderRule[] = PROVIDERS): SecretScanner {
  const formats = providers.flatMap((rule) =>
    rule.formats.map((format): readonly [string, Probe] => {
      const { literal, offset } = anchorOf(format);
      return [literal, formatProbe(rule, format, literal, offset)];
    }),
  );
  const contexts = CONTEXTS.map(
    ([literal, probe]) => [literal, literalProbe(literal, probe)] as const,
  );
  const starts = startsOf([...formats, ...contexts]);
  return (text, name) => scanSecrets(text, name, starts);
}

/** Which probes can start where. */
interface Starts {
  /** By two characters: 0 for none, else one more than the place of their probes among the lists. */
  readonly slots: Uint16Array;
  readonly probes: readonly (readonly Probe[])[];
  /** For each slot the characters that can come third, four integers of bits. */
  readonly thirds: Int32Array;
}

/** In: literals of ASCII, and probes that look themselves whether the whole of theirs stands there. */
function startsOf(literals: readonly (readonly [string, Probe])[]): Starts {
  const slots = new Uint16Array(ASCII * ASCII);
  const probes: Probe[][] = [];
  const thirds: number[] = [0, 0, 0, 0];
  for (const [literal, probe] of literals) {
    const [first, second, third] = [0, 1, 2].map((at) => literal.codePointAt(at));
    for (const next of second === undefined ? ANY_ASCII : [second]) {
      const pair = (first ?? 0) * ASCII + next;
      const slot = slots[pair] || probes.push([]);
      slots[pair] = slot;
      probes[slot - 1]?.push(probe);
      for (const code of third === undefined ? ANY_ASCII : [third])
        thirds[4 * slot + (code >> 5)] = (thirds[4 * slot + (code >> 5)] ?? 0) | (1 << (code & 31));
    }
  }
  for (let at = 0; at < 4 * probes.length + 4; at += 1) thirds[at] ??= 0;
  return { slots, probes, thirds: Int32Array.from(thirds) };
}

const ANY_ASCII = Array.from({ length: ASCII }, (_, code) => code);

function formatProbe(rule: ProviderRule, format: Format, literal: string, offset: number): Probe {
  return ({ text }, anchor) => {
    const at = anchor - offset;
    if (at < 0 || !text.startsWith(literal, anchor) || !startsThere(text, at)) return null;
    const end = matchFormat(format, text, at);
    if (end === -1) return null;
    const token = text.slice(at, end);
    // A checksum that fits outweighs words inside: nobody computes one for a placeholder.
    if (rule.checks?.(token) !== true && !isTokenBody(bodyOf(format, token))) return null;
    return { rule: rule.id, start: at, end };
  };
}

/** What is random about a token: a prefix such as twenty times `A` says nothing. */
export function bodyOf(format: Format, token: string): string {
  const [first] = format;
  return typeof first === "string" ? token.slice(first.length) : token;
}

function literalProbe(literal: string, probe: Probe): Probe {
  return (scan, at) => (scan.text.startsWith(literal, at) ? probe(scan, at) : null);
}

const assigned: Probe = (scan, at) => {
  if (at < scan.taken) return null;
  const assignment = assignmentAt(scan.text, at);
  if (assignment === null) return null;
  const sibling = /^value$/i.test(assignment.name) ? siblingName(scan.text, at) : null;
  return judge(scan.text, sibling === null ? assignment : { ...assignment, name: sibling });
};

/** Only under the name of a key: in a list of texts nothing else says what a text is. */
const neighbour =
  (separator: number): Probe =>
  ({ text }, at) => {
    const assignment = neighbourAt(text, at + separator);
    if (assignment === null || nameKind(assignment.name) !== "key") return null;
    return judge(text, assignment);
  };

const element: Probe = ({ text }, at) => {
  const name = /<([A-Za-z][\w.-]{2,40})$/.exec(text.slice(Math.max(0, at - 44), at))?.[1];
  if (name === undefined) return null;
  const assignment = valueAfter(text, at, name);
  // Text between tags has no quotes of its own and no code.
  return assignment === null ? null : judge(text, { ...assignment, setting: true });
};

const CONTEXTS: readonly (readonly [string, Probe])[] = [
  ["=", assigned],
  [":", assigned],
  [">", element],
  [",", neighbour(1)],
  ["||", neighbour(2)],
  ["??", neighbour(2)],
  [' "', neighbour(1)],
  [" '", neighbour(1)],
  ["://", ({ text }, at) => urlPasswordAt(text, at) ?? webhookAt(text, at)],
  [PRIVATE_KEY_START, ({ text }, at) => privateKeyAt(text, at)],
  ["Bearer ", ({ text }, at) => bearerAt(text, at)],
  ["bearer ", ({ text }, at) => bearerAt(text, at)],
  ["--", ({ text }, at) => secretOptionAt(text, at)],
  [
    "curl",
    (scan, at) => {
      scan.curl = at;
      return null;
    },
  ],
  ["-u", (scan, at) => userOption(scan, at, "-u")],
  ["--user", (scan, at) => userOption(scan, at, "--user")],
  [" is ", ({ text }, at) => statedAt(text, at)],
  [" is: ", ({ text }, at) => statedAt(text, at)],
  [" to ", ({ text }, at) => statedAt(text, at)],
  ["password ", (scan, at) => netrc(scan, at)],
];

function userOption(scan: Scan, at: number, option: string): Finding | null {
  const isCurl = scan.curl !== -1 && at - scan.curl < COMMAND_UNITS_MAX;
  return isCurl && /\s/.test(scan.text[at - 1] ?? "")
    ? userOptionAt(scan.text, at + option.length)
    : null;
}

function netrc({ text }: Scan, at: number): Finding | null {
  const before = text.slice(Math.max(0, at - COMMAND_UNITS_MAX), at);
  return /(?:machine|default|login)\s+\S+\s+$/.test(before)
    ? netrcPasswordAt(text, at + "password".length)
    : null;
}

function scanSecrets(text: string, name: string | undefined, starts: Starts): readonly Finding[] {
  const scan: Scan = { text, curl: -1, taken: 0 };
  const found: Finding[] = [];
  if (name !== undefined) {
    const whole = judge(text, { name, start: 0, end: text.length, quoted: true, setting: false });
    if (whole !== null) found.push(whole);
  }
  for (let from = 0; from < text.length; from += STRETCH_UNITS) {
    const end = readStretch(text, from);
    for (let at = nextStart(0, end, starts); at < end; at = nextStart(at + 1, end, starts)) {
      const slot = starts.slots[pairAt(at)] as number;
      for (const probe of starts.probes[slot - 1] ?? []) {
        const finding = probe(scan, from + at);
        if (finding === null) continue;
        found.push(finding);
        scan.taken = Math.max(scan.taken, finding.end);
      }
    }
  }
  return tidied(found);
}

/** Where in the stretch a probe may find something next; its end if nowhere. */
function nextStart(from: number, end: number, { slots, thirds }: Starts): number {
  const bytes = BYTES;
  for (let at = from; at < end; at += 1) {
    const slot = slots[pairAt(at)] as number;
    if (slot === 0) continue;
    const third = (bytes[at + 2] as number) & LAST_ASCII;
    if ((((thirds[4 * slot + (third >> 5)] as number) >>> (third & 31)) & 1) === 1) return at;
  }
  return end;
}

/** A character beyond ASCII passes for one of it: probes look at the text itself. */
function pairAt(at: number): number {
  return ((BYTES[at] as number) & LAST_ASCII) * ASCII + ((BYTES[at + 1] as number) & LAST_ASCII);
}

const LAST_ASCII = ASCII - 1;

/** Units that are looked at in one go. */
const STRETCH_UNITS = 16_384;
/** One byte for each of them, which is faster to go through than text; two more to look ahead. */
const BYTES = new Uint8Array(STRETCH_UNITS + 2);
const BUFFER = Buffer.from(BYTES.buffer);

/** Out: where the stretch ends that begins there. */
function readStretch(text: string, from: number): number {
  const stretch =
    from === 0 && text.length <= BYTES.length ? text : text.slice(from, from + BYTES.length);
  const length = BUFFER.write(stretch, "latin1");
  BYTES.fill(0, length, length + 2);
  return Math.min(length, STRETCH_UNITS);
}

const CONTEXT_IDS = new Set(CONTEXT_RULES.map(({ id }) => id));

/** In order, without what says less: a rule of context inside another finding. */
function tidied(found: readonly Finding[]): readonly Finding[] {
  if (found.length < 2) return found;
  const sorted = [...found].sort((a, b) => a.start - b.start || b.end - a.end || rank(a) - rank(b));
  const kept: Finding[] = [];
  let reach = -1;
  for (const finding of sorted) {
    const inside = finding.end <= reach;
    const last = kept.at(-1);
    const same = last?.start === finding.start && last.end === finding.end;
    if (same || (inside && rank(finding) === 1)) continue;
    kept.push(finding);
    reach = Math.max(reach, finding.end);
  }
  return kept;
}

function rank(finding: Finding): 0 | 1 {
  return CONTEXT_IDS.has(finding.rule) ? 1 : 0;
}
