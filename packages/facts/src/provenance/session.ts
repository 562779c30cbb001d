import { createHash, hash } from "node:crypto";
import type { Effect, Origin, TaskFacts, ToolDefinition } from "@bylaw/core";
import type { Output } from "../analyze.ts";
import { judge, type Reason, type ToolCall, type Verdict } from "./judge.ts";
import { createKept, remember, type Seen } from "./kept.ts";
import { conceptBit } from "./lexicon/concepts.ts";
import { kindBit } from "./lexicon/kinds.ts";
import { HOSTS_MAX, PINS_MAX, PROFILES_MAX, PROMPTS_MAX, SECRETS_MAX, USED_MAX } from "./limits.ts";
import type { Reach } from "./origins.ts";
import { EMPTY_SCOPE, type PromptScope, readPrompt, unite } from "./prompt.ts";
import { readText } from "./spans.ts";
import { profileOf, type ToolProfile } from "./tool.ts";

/** What provenance says about one call. */
export interface Provenance {
  readonly session: Seen;
  readonly task: Pick<TaskFacts, "declared" | "inScope">;
  readonly origin: Effect["origin"];
  /** Names of the closed list of findings. */
  readonly findings: readonly string[];
  readonly reasons: readonly Reason[];
  /** Handed back with the result of the call. */
  readonly reach: Reach;
  readonly hosts: readonly string[];
  readonly values: readonly string[];
  readonly changed: boolean;
  /** Parameters that ask for a credential and got one that the request leads to. */
  readonly placed: readonly string[];
  /** Parameters for which the person wrote out what to put there. */
  readonly pins: readonly string[];
}

/** What became of a call: forwarded on the policies' word, forwarded on a person's, or not at all. */
export type Fate = "passed" | "approved" | "held";

/** The provenance of one session, in bounded memory. */
export interface ProvenanceSession {
  /** The person's own words, from a source that is authenticated to carry them. */
  prompt(text: string): void;
  /** Judges a call against everything seen so far; changes nothing. */
  judge(call: ToolCall): Provenance;
  /**
   * What came back, or would have: a held call's result poisons what it brings. In: the texts that the
   * agent sees, null where nobody tells, and where they are from, as far as a person has said; a
   * trusted source's values are tied.
   */
  observe(
    call: ToolCall,
    judged: Provenance,
    texts: readonly string[] | null,
    fate: Fate,
    output?: Output,
  ): void;
}

/** Nobody has said where a result is from: its tool's definition is a guess, and it is not trusted. */
const UNKNOWN_OUTPUT: Output = { origin: "unknown", untrusted: true };

/**
 * The provenance of a session. In: the reader of tool definitions, shared between sessions so that each
 * definition is read once; whether the session has seen what nobody remembers. Nothing in it fails: text
 * that cannot be read is prose.
 */
export function createProvenance(
  profiles: Profiles = createProfiles(),
  lost: boolean = false,
): ProvenanceSession {
  let scopes: readonly PromptScope[] = [];
  let scope = EMPTY_SCOPE;
  const kept = createKept(lost);
  const hosts = new Set<string>();
  const used = new Set<string>();
  const pins = new Set<string>();
  let secrets: readonly { readonly label: string; readonly value: string }[] = [];
  let step = 0;
  return {
    prompt: (text) => {
      scopes = [...scopes, readPrompt(text)].slice(-PROMPTS_MAX);
      scope = scopes.reduce(unite, EMPTY_SCOPE);
    },
    judge: (call) => {
      const { chapters, gaps, seen } = kept;
      const known = { scope, chapters, hosts, used, pins, secrets, gaps };
      const verdict = judge(call, profiles(call), known);
      return provenanceOf(verdict, scopes.length > 0, seen);
    },
    observe: (call, judged, texts, fate, output = UNKNOWN_OUTPUT) => {
      const reach = fate === "held" ? "stray" : fate === "approved" ? "chained" : judged.reach;
      const receipt = judged.changed && fate !== "held";
      const origin = output.origin === "unknown" ? originOf(profiles(call)) : output.origin;
      const trusted = !output.untrusted;
      const { tool } = call;
      if (texts === null && output.untrusted) kept.addUnknown();
      if (texts !== null && texts.length > 0) {
        const met = JSON.stringify([tool, origin, reach, receipt, trusted]);
        for (const text of texts) {
          const key = keyOf(met, text);
          if (!kept.isNew(key)) continue;
          const { indexed, hashes } = readText(text);
          kept.add(key, { tool, origin, reach, receipt, trusted, step, indexed }, hashes);
          if (indexed.secrets.length > 0)
            secrets = [...secrets, ...indexed.secrets].slice(-SECRETS_MAX);
        }
      }
      step += 1;
      if (fate === "held") return;
      remember(hosts, judged.hosts, HOSTS_MAX);
      remember(used, judged.values, USED_MAX);
      remember(pins, judged.pins, PINS_MAX);
    },
  };
}

/**
 * Agents read the same thing again and again; no two results that differ in anything have one key. In: how
 * the text was met, as JSON.
 */
function keyOf(met: string, text: string): string {
  const head = `${met}\n`;
  if (text.length <= SHORT_UNITS) return hash("sha256", head + text, "base64");
  return createHash("sha256").update(head).update(text).digest("base64");
}

/** To put these together costs less than to hash in steps. */
const SHORT_UNITS = 2_048;

/** What a call's tool does, by its definition. */
export type Profiles = (call: ToolCall) => ToolProfile;

/** Reads tool definitions and keeps PROFILES_MAX of them by digest; a name without a definition is read too. */
export function createProfiles(): Profiles {
  const known = new Map<string, ToolProfile>();
  const last = new WeakMap<
    ToolDefinition,
    { readonly tool: string; readonly profile: ToolProfile }
  >();
  const profileBy = ({ tool, definition }: ToolCall): ToolProfile => {
    const key = `${definition?.digest ?? "none"} ${tool}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= PROFILES_MAX) known.clear();
    const profile = profileOf(tool, definition);
    known.set(key, profile);
    return profile;
  };
  return (call) => {
    const { tool, definition } = call;
    if (definition === null) return profileBy(call);
    const met = last.get(definition);
    if (met?.tool === tool) return met.profile;
    const profile = profileBy(call);
    last.set(definition, { tool, profile });
    return profile;
  };
}

const FINDINGS: ReadonlySet<string> = new Set([
  "value.untied",
  "injection.suspected",
  "secret.in-payload",
]);

function provenanceOf(verdict: Verdict, declared: boolean, session: Seen): Provenance {
  const findings = findingsOf(verdict.reasons);
  return {
    session,
    task: { declared, inScope: verdict.inScope },
    origin: {
      target: verdict.target.length === 0 ? MODEL : [...verdict.target].sort(),
      payload: verdict.payload.length === 0 ? MODEL : [...verdict.payload].sort(),
      untrusted: findings.includes("value.untied") || findings.includes("injection.suspected"),
    },
    findings,
    reasons: verdict.reasons,
    reach: verdict.reach,
    hosts: verdict.hosts,
    values: verdict.values,
    changed: verdict.changed,
    placed: verdict.placed,
    pins: verdict.pins,
  };
}

const MODEL: readonly Origin[] = ["model"];

function findingsOf(reasons: readonly Reason[]): readonly string[] {
  const findings: string[] = [];
  for (const { concern } of reasons)
    if (FINDINGS.has(concern) && !findings.includes(concern)) findings.push(concern);
  return findings.sort();
}

function originOf(profile: ToolProfile): Origin {
  if ((profile.objects & conceptBit("mail")) !== 0 && (profile.kinds & kindBit("read")) !== 0)
    return "mail";
  return profile.urls.size > 0 ? "web" : "tool";
}
