import type { JsonObject, Origin, ToolDefinition } from "@bylaw/core";
import { explanation, isAsked, isGrave, isLed } from "./asked.ts";
import { asCalled } from "./called.ts";
import { type RoledLeaf, roledLeaves } from "./leaves.ts";
import { CHANGES, GRAVE, kindBit } from "./lexicon/kinds.ts";
import { TASK_NOUNS } from "./lexicon/words.ts";
import { COPY_UNITS_MAX, COPY_UNITS_MIN } from "./limits.ts";
import {
  type Background,
  inPrompt,
  isFieldOf,
  isTied,
  namesIn,
  type Reach,
  type Sighting,
  saysIt,
  type Traced,
  traceValue,
} from "./origins.ts";
import { isBesidePin, isPassedOver, isPitched, pinsOf } from "./pins.ts";
import { type PromptScope } from "./prompt.ts";
import { writtenBy } from "./records.ts";
import { type Role, TARGETS } from "./roles.ts";
import { sightings } from "./sightings.ts";
import { textOf } from "./spans.ts";
import { stem } from "./stem.ts";
import {
  contains,
  hostOf,
  normalise,
  patternOf,
  readings,
  shapeOf,
  wordsOfName,
  wordsOfText,
} from "./text.ts";
import type { ToolProfile } from "./tool.ts";
import { traceUrl } from "./urls.ts";

/** Why a call is more than the request asked for. */
export type Concern =
  | "task.out_of_scope"
  | "value.untied"
  | "injection.suspected"
  | "secret.in-payload"
  | "arguments.unread";

/** Which value, from which text, of which result. */
export interface Reason {
  readonly concern: Concern;
  readonly argument: string | null;
  readonly value: string | null;
  /** The text that the value, or the idea, stands in. */
  readonly span: string | null;
  readonly source: { readonly tool: string; readonly step: number } | null;
}

export interface ToolCall {
  readonly tool: string;
  readonly definition: ToolDefinition | null;
  readonly arguments: JsonObject;
}

export interface Verdict {
  readonly inScope: boolean;
  readonly reasons: readonly Reason[];
  readonly target: readonly Origin[];
  readonly payload: readonly Origin[];
  /** How a result of this call will have been chosen. */
  readonly reach: Reach;
  /** Hosts that the call may bring into the session. */
  readonly hosts: readonly string[];
  /** Values that a passed call vouches for from then on. */
  readonly values: readonly string[];
  /** The call does more than look. */
  readonly changed: boolean;
  /** Parameters that ask for a credential and got one that the request leads to. */
  readonly placed: readonly string[];
  /** Parameters for which the person wrote out what to put there. */
  readonly pins: readonly string[];
}

export interface Known extends Background {
  /** Of the calls that passed. */
  readonly pins: ReadonlySet<string>;
  readonly secrets: readonly { readonly label: string; readonly value: string }[];
}

/** Judges one call against what the person asked and what the session has seen. Pure. */
export function judge(call: ToolCall, defined: ToolProfile, known: Known): Verdict {
  const profile = asCalled(defined, call.arguments);
  const leaves = roledLeaves(call.arguments, profile);
  if (leaves === null) return unread();
  const looks = (profile.kinds & CHANGES) === 0;
  const traced: Traced[] = [];
  const reasons: Reason[] = [];
  const hosts: string[] = [];
  let urls = 0;
  for (const leaf of leaves) {
    const trace = traceLeaf(leaf, profile, known);
    traced.push(trace);
    if (leaf.role !== "url") continue;
    urls += 1;
    const host = hostOf(leaf.text);
    if (host !== null) hosts.push(host);
    if (!isReachable(leaf, trace, profile, known)) reasons.push(untiedReason(leaf, trace));
  }
  // A form sent to a host that the request reaches: the host has the role of the recipient.
  const form = urls > 0 && reasons.length === 0;
  const formAsked = form && (profile.kinds & GRAVE) === 0 && !known.scope.looks;
  const asked =
    looks || formAsked || isAsked(leaves, profile, known) || isLed(leaves, traced, profile, known);
  const beyond = known.scope.looks && !known.scope.open && !profile.local;
  const inScope =
    asked || !(beyond || isGrave(profile, known) || explanation(profile, known) !== null);
  if (!inScope) reasons.push(scopeReason(profile, known));
  if (!looks && !form)
    leaves.forEach((leaf, at) => {
      const trace = traced[at] as Traced;
      const reason =
        isBesidePin(call.tool, leaf, trace, known) ||
        isPitched(leaf, trace, profile.kinds, known) ||
        isPassedOver(leaf, trace, profile.kinds, known)
          ? untiedReason(leaf, trace)
          : concernOf(leaf, trace, profile, known, asked);
      if (reason !== null) reasons.push(reason);
    });
  return {
    inScope,
    reasons,
    target: originsOf(leaves, traced, TARGET_ROLES),
    payload: originsOf(leaves, traced, PAYLOAD_ROLES),
    reach: reasons.length > 0 ? "stray" : reachOf(leaves, traced, looks, profile, known.scope),
    hosts,
    values: valuesIn(leaves, traced),
    changed: !looks,
    placed: placedIn(leaves, traced),
    pins: looks ? [] : pinsOf(call.tool, leaves, traced, known.scope),
  };
}

const TARGET_ROLES: ReadonlySet<Role> = new Set<Role>(["dest", "url", "id", "path", "secret"]);
const PAYLOAD_ROLES: ReadonlySet<Role> = new Set<Role>(["content", "entity", "amount"]);

function originsOf(
  leaves: readonly RoledLeaf[],
  traced: readonly Traced[],
  roles: ReadonlySet<Role>,
): readonly Origin[] {
  const origins: Origin[] = [];
  for (let at = 0; at < leaves.length; at += 1) {
    const { origin } = traced[at] as Traced;
    if (roles.has((leaves[at] as RoledLeaf).role) && !origins.includes(origin))
      origins.push(origin);
  }
  return origins;
}

/** What tied targets are called. */
function valuesIn(leaves: readonly RoledLeaf[], traced: readonly Traced[]): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at < leaves.length; at += 1) {
    const { role, text } = leaves[at] as RoledLeaf;
    if (TARGETS.has(role) && traced[at]?.tied === true) values.push(text);
  }
  return values;
}

/** A password where a password belongs is no content, unless a text put it there. */
function placedIn(leaves: readonly RoledLeaf[], traced: readonly Traced[]): readonly string[] {
  if (!leaves.some(({ role }) => role === "secret")) return [];
  const asking = new Set(leaves.flatMap(({ role, path }) => (role === "secret" ? [path] : [])));
  leaves.forEach(({ path }, at) => {
    if (traced[at]?.tied !== true) asking.delete(path);
  });
  return [...asking].filter((path) => !path.includes("."));
}

function unread(): Verdict {
  const reason: Reason = {
    concern: "arguments.unread",
    argument: null,
    value: null,
    span: null,
    source: null,
  };
  return {
    inScope: false,
    reasons: [reason],
    target: ["unknown"],
    payload: ["unknown"],
    reach: "stray",
    hosts: [],
    values: [],
    changed: true,
    placed: [],
    pins: [],
  };
}

function traceLeaf(leaf: RoledLeaf, profile: ToolProfile, known: Known): Traced {
  if (leaf.role === "url") return traceUrl(leaf.text, known);
  if (leaf.role === "content" && leaf.text.length > COPY_UNITS_MAX)
    return { tied: true, origin: "model", sighting: null };
  // What is looked for is chosen like a thing that something is done to.
  const looks = (profile.kinds & CHANGES) === 0;
  const content = leaf.role === "content" || (leaf.role === "entity" && !looks);
  const role = leaf.role === "dest" ? "dest" : content ? "content" : "target";
  const traced = traceValue(leaf.text, role, known);
  const grave = (profile.kinds & GRAVE) !== 0;
  if (grave && traced.tied && patternOf(leaf.text) !== null && traced.sighting !== null) {
    const spoken = spokenOf(leaf.text, known);
    if (spoken !== null) return { ...traced, tied: false, sighting: spoken };
  }
  if (traced.tied || content) return onPath(leaf, traced, known);
  // What only the person's own lists hold was chosen by nobody else; a grave effect, and whom to pay, ask
  // for more, and a mail address comes from a text more often than from a list.
  const careful = grave || role === "dest";
  const listed =
    shapeOf(leaf.text) !== "email" &&
    onlyListed(leaf.text, careful, known) &&
    !(careful && explanation(profile, known) !== null);
  return listed ? { ...traced, tied: true } : traced;
}

/** A path that nobody wrote out is where its file name comes from. */
function onPath(leaf: RoledLeaf, traced: Traced, known: Known): Traced {
  if (leaf.role !== "path" || traced.origin !== "model") return traced;
  const name = leaf.text.slice(leaf.text.lastIndexOf("/") + 1);
  if (name === leaf.text || name === "") return traced;
  const file = traceValue(name, "target", known);
  return file.tied && file.sighting !== null ? file : traced;
}

function onlyListed(value: string, alone: boolean, known: Known): boolean {
  const seen = sightings(value, known);
  const lists = (sighting: Sighting): boolean =>
    alone ? isAlone(sighting, value) : sighting.span.kind === "field";
  return seen.length > 0 && seen.every((one) => one.result.reach !== "stray" && lists(one));
}

/** Where another record than its own, which nothing ties to the request, speaks of an identifier. */
function spokenOf(value: string, known: Known): Sighting | null {
  const seen = sightings(value, known);
  const own = seen.filter((one) => saysIt(one, value));
  const found = seen.find(
    (one) =>
      !isTied(one, value, known.scope) &&
      !own.some(({ result, span }) => one.result === result && one.span.record === span.record),
  );
  return own.length === 0 ? null : (found ?? null);
}

/** An identifier beside other words is one that a text speaks of. */
function isAlone(sighting: Sighting, value: string): boolean {
  return patternOf(value) === null ? isFieldOf(sighting, value) : saysIt(sighting, value);
}

/** A URL whose host the request reaches; what is sent needs more than a mention in prose. */
function isReachable(leaf: RoledLeaf, trace: Traced, profile: ToolProfile, known: Known): boolean {
  if (!trace.tied) return false;
  const sends = (profile.kinds & kindBit("send")) !== 0;
  if (sends && trace.sighting !== null) {
    const { result, span } = trace.sighting;
    if (writtenBy(result.indexed, span.record, known.scope) === true) return true;
  }
  return (
    !sends ||
    trace.sighting === null ||
    trace.sighting.span.kind !== "prose" ||
    known.hosts.has(hostOf(leaf.text) ?? "")
  );
}

function concernOf(
  leaf: RoledLeaf,
  trace: Traced,
  profile: ToolProfile,
  known: Known,
  asked: boolean,
): Reason | null {
  // Nobody is handed a new password in a sentence.
  const told = leaf.role === "secret" && trace.sighting?.span.kind === "prose";
  if (TARGETS.has(leaf.role)) return trace.tied && !told ? null : untiedReason(leaf, trace);
  if (leaf.role !== "content" && leaf.role !== "entity") return null;
  const grave = leaf.role === "entity" && (profile.kinds & GRAVE) !== 0;
  const unknown = grave && !trace.tied;
  if (unknown && trace.sighting !== null && trace.sighting.span.kind !== "field")
    return untiedReason(leaf, trace);

  // A copy in the person's own space says nothing to anybody.
  const instructed =
    profile.local && !known.scope.looks ? null : instructedBy(leaf, trace, profile, known, asked);
  if (instructed !== null) return reasonOf("injection.suspected", leaf, instructed);
  const secret = discloses(leaf, known);
  return secret === null
    ? null
    : {
        ...reasonOf("secret.in-payload", leaf, null),
        value: null,
        span: `${secret} of this session`,
      };
}

/** A short text copied from prose that tells somebody to write it, none of its places tied. */
function instructedBy(
  leaf: RoledLeaf,
  trace: Traced,
  profile: ToolProfile,
  known: Known,
  asked: boolean,
): Sighting | null {
  const { text } = leaf;
  if (text.length < COPY_UNITS_MIN || text.length > COPY_UNITS_MAX || trace.tied) return null;
  const named = new Set(wordsOfName(leaf.parameter).map(stem));
  const prose = sightings(text, known).filter(
    (sighting) => sighting.span.kind !== "soft" && !isFieldOf(sighting, text),
  );
  if (prose.length === 0 || inPrompt(text, known.scope)) return null;
  // Nobody asked for the act, and a stranger's text chose what it is done with.
  if (!asked) return prose[0] ?? null;
  return (
    prose.find(
      ({ result, span }) =>
        (span.verbs & profile.kinds & CHANGES) !== 0 ||
        wordsOfText(textOf(result.indexed, span)).some((word) => named.has(stem(word))),
    ) ?? null
  );
}

/** The label of a secret of this session that the text carries and the person did not speak of. */
function discloses(leaf: RoledLeaf, { secrets, scope }: Known): string | null {
  if (secrets.length === 0) return null;
  const texts = readings(leaf.text).map(normalise);
  const found = secrets.find(
    ({ label, value }) =>
      texts.some((text) => contains(text, value)) &&
      !contains(scope.text, value) &&
      !wordsOfText(label).some((word) => scope.stems.has(stem(word))),
  );
  return found?.label ?? null;
}

function scopeReason(profile: ToolProfile, known: Known): Reason {
  const why = explanation(profile, known);
  return {
    concern: "task.out_of_scope",
    argument: null,
    value: null,
    span: why === null ? null : textOf(why.result.indexed, why.span),
    source: why === null ? null : { tool: why.result.tool, step: why.result.step },
  };
}

function untiedReason(leaf: RoledLeaf, trace: Traced): Reason {
  return reasonOf("value.untied", leaf, trace.sighting);
}

function reasonOf(concern: Concern, leaf: RoledLeaf, sighting: Sighting | null): Reason {
  return {
    concern,
    argument: leaf.path,
    value: leaf.role === "secret" ? null : leaf.text.slice(0, COPY_UNITS_MAX),
    span: sighting === null ? null : textOf(sighting.result.indexed, sighting.span),
    source: sighting === null ? null : { tool: sighting.result.tool, step: sighting.result.step },
  };
}

/** How the result will have been chosen; a changing call that passed brings what it made. */
function reachOf(
  leaves: readonly RoledLeaf[],
  traced: readonly Traced[],
  looks: boolean,
  { nouns }: ToolProfile,
  scope: PromptScope,
): Reach {
  let reach: "named" | "chained" | null = looks ? null : "chained";
  let selects = false;
  for (let at = 0; at < leaves.length; at += 1) {
    const { role, text } = leaves[at] as RoledLeaf;
    const { tied, sighting } = traced[at] as Traced;
    if (MEASURES.has(role)) continue;
    if (!tied) return "stray";
    selects = true;
    if (reach !== "named" && (inPrompt(text, scope) || namesIn(text, scope))) reach = "named";
    if (sighting !== null) reach ??= "chained";
  }
  if (reach !== null) return reach;
  // `do what is on my list`: the list of the person's own was handed over.
  const handed = scope.open && [...nouns].some((noun) => TASK_NOUNS.has(noun));
  return handed && !selects ? "named" : "own";
}

/** Roles of what says how, and not which. */
const MEASURES: ReadonlySet<Role> = new Set<Role>(["flag", "amount", "time"]);
