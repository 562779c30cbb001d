import type { Origin } from "@bylaw/core";

import type { Chapters } from "./chapters.ts";
import { OCCURRENCES_MAX } from "./limits.ts";
import { countOf } from "./marks.ts";
import type { PromptScope } from "./prompt.ts";
import { authoredBy, linkOf, spansOf, writtenBy } from "./records.ts";
import { sightings, someResult } from "./sightings.ts";
import {
  FIELD_WORDS_MAX,
  type IndexedText,
  type Span,
  spanAt,
  spanOver,
  speaks,
  textOf,
} from "./spans.ts";
import { stem } from "./stem.ts";
import {
  contains,
  hostOf,
  normalise,
  occurrences,
  patternOf,
  plainReadings,
  shapeOf,
  wordsOfText,
} from "./text.ts";

/**
 * How the call that brought a result was chosen: without a selecting argument, by one that the
 * person named, by one that was accepted, or by one that nobody can vouch for.
 */
export type Reach = "own" | "named" | "chained" | "stray";

/** A result that reached the agent, as the session keeps it. */
export interface SeenResult {
  readonly tool: string;
  /** Position in the session. */
  readonly step: number;
  readonly origin: Origin;
  readonly reach: Reach;
  /** What a call that passed says about what it did. */
  readonly receipt: boolean;
  /** A person has said that what such a tool brings is nobody else's text. */
  readonly trusted: boolean;
  readonly indexed: IndexedText;
}

/** One place where a value stands. */
export interface Sighting {
  readonly result: SeenResult;
  readonly span: Span;
}

/** Where a value came from, and whether the request is behind it. */
export interface Traced {
  readonly tied: boolean;
  readonly origin: Origin;
  /** The place that decided; null for a value of the person's own words or one never seen. */
  readonly sighting: Sighting | null;
}

/** What a judgement looks at. */
export interface Background {
  readonly scope: PromptScope;
  /** What the session has seen, oldest first. */
  readonly chapters: Chapters;
  readonly hosts: ReadonlySet<string>;
  /** Values of calls that passed: what an error or a receipt repeats is not news. */
  readonly used: ReadonlySet<string>;
  /** Some of what the agent saw was too much to keep. */
  readonly gaps: boolean;
}

export const USER: Traced = { tied: true, origin: "user", sighting: null };
const DERIVED: Traced = { tied: true, origin: "model", sighting: null };
const UNSEEN: Traced = { tied: false, origin: "unknown", sighting: null };

/** A value of no text that was seen: the person's, perhaps, where nobody knows the person's words. */
export function unseen({ scope, gaps }: Background): Traced {
  return scope.text === "" && !gaps ? DERIVED : UNSEEN;
}

/** Whether the person wrote the value, in any of its readings. */
export function inPrompt(value: string, { text }: PromptScope): boolean {
  return text !== "" && plainReadings(value).some((reading) => contains(text, reading));
}

/** A destination, an id or a path: who chose it. */
export function traceValue(
  value: string,
  role: "dest" | "target" | "content",
  background: Background,
): Traced {
  const { scope } = background;
  if (inPrompt(value, scope)) return USER;
  if (background.used.has(value)) return DERIVED;
  const seen = sightings(value, background);
  const shape = shapeOf(value);
  const madeUp = shape === null || shape === "phone";
  if (seen.length === 0) {
    const lost = background.gaps && role !== "content";
    return madeUp && !lost ? DERIVED : unseen(background);
  }
  const usable = seen.filter(({ result }) => result.reach !== "stray");
  const named = patternOf(value);
  // What has the pattern of an identifier, and the shape of no address, is one, whatever takes it.
  if (role === "dest" && (shape !== null || named === null)) {
    const pinned = shape !== null && scope.shapes.has(shape) && !scope.all && !scope.open;
    // What a call says about what it did names nobody new, unless in a field.
    const said = usable.filter(({ result, span }) => !result.receipt || span.kind === "field");
    const candidates = pinned ? said.filter(({ span }) => span.kind === "field") : said;
    const tied = candidates.find(
      (sighting) =>
        (scope.gathers && sighting.result.reach !== "own") || isTied(sighting, value, scope),
    );
    if (tied !== undefined) return accepted(tied);
    if (pinned) return untied(seen);
    const [known] = usable;
    if (known !== undefined && isNamedAfter(value, background)) return accepted(known);
    // Whose account it is: the account itself is another value.
    if (known !== undefined && shape === null && namesIn(value, scope)) return accepted(known);
    const structured = usable.find(({ span }) => span.kind !== "prose");
    if (structured !== undefined && (namesIn(value, scope) || isDelegatedTo(value, background)))
      return accepted(structured);
    return untied(seen);
  }
  // The person wrote which one: another of the same kind comes from a list, not from what a text says.
  const pinned = !scope.all && !scope.open && named !== null && scope.patterns.has(named);
  const said = usable.filter((sighting) => isFieldOf(sighting, value));
  // An identifier is tied by the record whose own it is, not by a sentence that points to it.
  const own =
    named !== null && role !== "content" && said.some((sighting) => saysIt(sighting, value));
  const places = pinned || (own && !scope.open && !scope.defers) ? said : usable;
  const tied = places.find(
    (sighting) =>
      (role !== "content" &&
        (sighting.result.receipt ||
          ((scope.defers || scope.gathers) && sighting.result.reach === "named"))) ||
      isTied(sighting, value, scope),
  );
  return tied === undefined ? untied(seen) : accepted(tied);
}

/**
 * An address that carries the name of somebody the person named, and no record knows that name with
 * another address: a stranger can call himself whatever the person calls a friend.
 */
function isNamedAfter(value: string, { scope, chapters }: Background): boolean {
  if (shapeOf(value) !== "email") return false;
  const address = normalise(value);
  const owner = wordsOfText((address.split("@")[0] ?? "").replaceAll("_", " "));
  const name = owner.find((word) => scope.names.has(word));
  if (name === undefined) return false;
  return !someResult({ chapters }, ({ reach, indexed }) =>
    reach === "stray"
      ? false
      : occurrences(indexed.text, name, OCCURRENCES_MAX).some((at) => {
          const span = spanOver(indexed, at);
          if (span === null || span.kind !== "field") return false;
          const text = textOf(indexed, span);
          return shapeOf(text) === "email" && text !== address;
        }),
  );
}

export function accepted(sighting: Sighting): Traced {
  return { tied: true, origin: sighting.result.origin, sighting };
}

export function untied(seen: readonly Sighting[]): Traced {
  const prose = seen.find(({ span }) => span.kind === "prose") ?? seen[0] ?? null;
  return { tied: false, origin: prose?.result.origin ?? "unknown", sighting: prose };
}

/** A proper name or subject word of the request stands in the value itself. */
export function namesIn(value: string, { content }: PromptScope): boolean {
  if (content.size === 0) return false;
  return wordsOfText(normalise(value).replaceAll("_", " ")).some(
    (word) => word.length >= 3 && content.has(stem(word)),
  );
}

/** Whether the text around a value is what the request is about. */
export function isTied({ result, span }: Sighting, value: string, scope: PromptScope): boolean {
  const { reach, indexed, trusted } = result;
  if (reach === "stray") return false;
  if (trusted) return true;
  const chosen = reach === "named" || reach === "chained";
  const who = writtenBy(indexed, span.record, scope);
  if (span.kind === "soft")
    return chosen || who === true || linkOf(indexed, span.record, scope) > 1;
  if (isFieldOf({ result, span }, value))
    return (
      chosen ||
      // Where nobody knows the request, what a record says of itself is the best there is.
      scope.text === "" ||
      namesIn(value, scope) ||
      scope.all ||
      scope.superlative ||
      linkOf(indexed, span.record, scope) > 0
    );
  const author = authoredBy(indexed, span.record, scope);
  const spoken = sharedWords(textOf(indexed, span), "", scope);
  const shared = sharedWords(textOf(indexed, span), value, scope);
  const stranger = who === false && scope.names.size > 0;
  const near =
    who === true || reach !== "own" || shared > 1 || linkOf(indexed, span.record, scope) > 0;
  if (shared > 0 && !stranger && near) return true;
  if (author === true && (scope.defers || asksForShape(value, scope))) return true;
  if (!scope.open) return false;
  const handed = spoken > 0 || isStep(indexed, span);
  return (
    author === true ||
    (reach === "named" && handed) ||
    (chosen && linkOf(indexed, span.record, scope) > 0)
  );
}

/** Whether a field says the value, rather than saying something in which it occurs. */
export function isFieldOf({ result, span }: Sighting, value: string): boolean {
  if (span.kind !== "field") return false;
  // An address beside other words is one that a text speaks of.
  if (shapeOf(value) === "email") return saysIt({ result, span }, value);
  const text = textOf(result.indexed, span);
  return text.split(" ").length - normalise(value).split(" ").length < FIELD_WORDS_MAX;
}

/** The value and nothing else. */
export function saysIt({ result, span }: Sighting, value: string): boolean {
  if (span.kind !== "field") return false;
  const text = textOf(result.indexed, span);
  const plain = normalise(value);
  // `Ann Lee <ann@lee.example>`
  return text === plain || (text.endsWith(`<${plain}>`) && !text.slice(0, -1).includes(">"));
}

/** An item of the list that the person hands over: `- [ ] ask Sam`, `2. Open a pull request`. */
function isStep(indexed: IndexedText, span: Span): boolean {
  return /^(?:[-*\u2022] |(?:- )?\[[ x]\] |(?:\d{1,4}|[a-z]{1,4}-?\d{1,6})[.):]* )/.test(
    textOf(indexed, span),
  );
}

/** Distinct subject words of the request in a text, the value itself taken out. */
function sharedWords(text: string, value: string, { content }: PromptScope): number {
  const rest = value === "" ? text : withoutRuns(text, normalise(value));
  const shared = new Set<string>();
  for (const word of wordsOfText(rest.replaceAll("_", " "))) {
    const key = stem(word);
    if (content.has(key)) shared.add(key);
  }
  return shared.size;
}

/** A text without the value and what is written in one run with it: the rest of its own address. */
function withoutRuns(text: string, value: string): string {
  if (!value.includes(".") || /\s/.test(value)) return text.replaceAll(value, " ");
  return text
    .split(" ")
    .filter((run) => !run.includes(value))
    .join(" ");
}

/** Whether the record says more than its fields do. */
export function hasProse({ result, span }: Sighting): boolean {
  for (const { at } of spansOf(result.indexed, span.record))
    if (at !== span.at && speaks(result.indexed, at)) return true;
  return false;
}

const SHAPE_WORDS: Readonly<Record<string, readonly string[]>> = {
  url: ["link", "url", "website", "site", "page", "webpage", "web", "address", "detail"].map(stem),
  email: ["email", "mail", "address", "contact", "recipient", "detail"].map(stem),
  account: ["account", "iban", "bank", "wallet", "number", "detail"].map(stem),
  phone: ["phone", "number", "contact"].map(stem),
};

/** `the link that Sam sent`: the person asks for a value of this type. */
function asksForShape(value: string, { stems }: PromptScope): boolean {
  const shape = shapeOf(value) ?? (hostOf(value)?.includes(".") === true ? "url" : null);
  return shape !== null && (SHAPE_WORDS[shape] ?? []).some((word) => stems.has(word));
}

/** A span by which the person's own source says what is to be done. */
export function isDelegated({ result, span }: Sighting, scope: PromptScope): boolean {
  if (!scope.open || result.reach === "stray") return false;
  if (authoredBy(result.indexed, span.record, scope) === true) return true;
  return (
    (result.reach === "named" || result.reach === "chained") &&
    (isStep(result.indexed, span) ||
      sharedWords(textOf(result.indexed, span), "", scope) > 0 ||
      linkOf(result.indexed, span.record, scope) > 0)
  );
}

/** The name inside a value stands in a delegated span: `tell Sam` for `sam@example.com`. */
function isDelegatedTo(value: string, { scope, chapters }: Background): boolean {
  if (!scope.open) return false;
  const names = wordsOfText(normalise(value).split("@")[0]?.replaceAll("_", " ") ?? "").filter(
    (word) => word.length >= 3,
  );
  return someResult({ chapters }, (result) =>
    allSpans(result).some(
      (span) =>
        span.kind !== "field" &&
        isDelegated({ result, span }, scope) &&
        names.some((name) => contains(textOf(result.indexed, span), name)),
    ),
  );
}

export function allSpans({ indexed }: SeenResult): readonly Span[] {
  return Array.from({ length: countOf(indexed.marks) }, (_, at) => spanAt(indexed, at));
}
