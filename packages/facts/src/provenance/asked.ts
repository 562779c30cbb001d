import type { Chapter } from "./chapters.ts";
import type { RoledLeaf } from "./leaves.ts";
import { type ConceptSet, conceptBit, NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { CHANGES, GRAVE, kindBit, kindsIn } from "./lexicon/kinds.ts";
import { NOMINAL_VERBS, VERB_KINDS } from "./lexicon/verbs.ts";
import { conceptsOf, countOf, type Marks, recordOf, verbsOf } from "./marks.ts";
import {
  allSpans,
  type Background,
  inPrompt,
  isDelegated,
  isFieldOf,
  type SeenResult,
  type Sighting,
  saysIt,
  type Traced,
} from "./origins.ts";
import { asksFor, EMPTY_SCOPE, impliedBy, type PromptScope } from "./prompt.ts";
import { TARGETS } from "./roles.ts";
import { sightings, someResult } from "./sightings.ts";
import { spanAt, speaks, textOf } from "./spans.ts";
import { stem } from "./stem.ts";
import { contains, normalise, wordsOfText } from "./text.ts";
import type { ToolProfile } from "./tool.ts";

/**
 * Where a word is not known, of the tool or of the request, what the call is about tells: the person wrote
 * some of it out, and the rest stands in a field of a record that the request leads to.
 */
export function isLed(
  leaves: readonly RoledLeaf[],
  traced: readonly Traced[],
  profile: ToolProfile,
  known: Background,
): boolean {
  const { scope } = known;
  // Nobody is let in by a word that could mean anything.
  if ((profile.kinds & kindBit("grant")) !== 0 || scope.looks) return false;
  // Who asked for another change in words that are understood did not ask for a grave one.
  const unclear = (scope.kinds & CHANGES) === 0 || scope.unread;
  const possible = unclear || (profile.kinds & GRAVE) === 0 || !sharesObject(profile, scope);
  const silent =
    possible && !scope.looks && scope.text !== "" && explanation(profile, known) === null;
  if (!profile.unknown && !scope.unread && !silent) return false;
  const about = leaves.flatMap(({ role, text }, at) =>
    TARGETS.has(role) || role === "entity" ? [{ text, ...(traced[at] as Traced) }] : [],
  );
  return (
    (silent ? about.length > 0 : about.some(({ origin }) => origin === "user")) &&
    about.every(
      // What nobody wrote anywhere is the agent's own idea.
      ({ tied, sighting, origin, text }) =>
        tied &&
        (sighting === null
          ? origin === "user" || !silent || sightings(text, known).length > 0
          : isFieldOf(sighting, text)),
    )
  );
}

/** Whether the person asked for an effect of this class on such a thing. */
export function isAsked(
  leaves: readonly RoledLeaf[],
  profile: ToolProfile,
  known: Background,
): boolean {
  const { scope } = known;
  const kinds = kindsIn(profile.kinds & CHANGES);
  // Where nobody knows the request, there is nothing that a change could be asked by.
  if (scope === EMPTY_SCOPE && kinds.length > 0) return profile.local;
  const things = leaves.filter(({ role }) => TARGETS.has(role) || role === "amount");
  const named = things.length > 0 && things.every(({ text }) => inPrompt(text, scope));
  const shares =
    sharesObject(profile, scope) || ((named || scope.defers) && (profile.kinds & GRAVE) === 0);
  if (kinds.every((kind) => asksFor(scope, kind)) && shares) return true;
  if (namesAct(profile, scope)) return true;
  if (kinds.every((kind) => kind === "grant") && givesFile(profile, scope)) return true;
  if (kinds.every((kind) => kind === "pay") && sendsAmount(leaves, scope)) return true;
  const paths = leaves.filter(({ role }) => role === "path");
  const deletes = kinds.includes("delete");
  if (!deletes && paths.length > 0 && paths.every(({ text }) => inPrompt(text, scope))) return true;
  if (profile.local) return true;
  return (profile.kinds & GRAVE) === 0 && isDelegatedEffect(leaves, profile, known);
}

/** `send Ann the minutes`, and a tool that lets her read them. */
function givesFile({ objects }: ToolProfile, { asks }: PromptScope): boolean {
  return (objects & FILE) !== 0 && [...HANDING].some((verb) => asks.has(verb));
}

const FILE = conceptBit("file");
const HANDING = new Set("send give forward pass hand mail email".split(" ").map(stem));

/** `send my mother 200`: the amount, with a verb by which money moves. */
function sendsAmount(leaves: readonly RoledLeaf[], scope: PromptScope): boolean {
  const moves = [...MOVING].some((verb) => scope.asks.has(verb));
  return moves && leaves.some(({ role, text }) => role === "amount" && inPrompt(text, scope));
}

const MOVING = new Set("send transfer wire give return lend".split(" ").map(stem));

/**
 * The person used the tool's own verb, or the act that the tool names by a noun: `rate the driver`
 * for submit_rating. Only where the verb says something, and never for what is grave by its noun.
 */
function namesAct(profile: ToolProfile, { asks, stems }: PromptScope): boolean {
  const { acts, nouns, described, kinds } = profile;
  // A word that no table knows asks for what is called by it, wherever it stands.
  if ([...acts].some((act) => !VERB_KINDS.has(act) && stems.has(act))) return true;
  // The very verb of the tool's definition; one that any tool could bear, on the very thing.
  const things = [...nouns, ...described.nouns].some((noun) => stems.has(noun));
  if ([...acts].some((act) => asks.has(act) && (things || !GENERIC_VERBS.has(act)))) return true;
  if ((kinds & GRAVE) !== 0) return false;
  return [...nouns].some((noun) => {
    const act = NOMINAL_VERBS.get(noun) ?? noun;
    return asks.has(act) && !GENERIC_VERBS.has(act);
  });
}

/** Verbs that nearly every tool could bear: the object has to say the rest. */
const GENERIC_VERBS: ReadonlySet<string> = new Set(
  `create add make set put get send update change edit modify delete remove cancel post share write
  save store upload submit open close start stop run execute move transfer give do have take use
  invite grant pay buy order book reserve schedule check find search list read show tell reply
  message email note file record report request comment update manage process clear`
    .split(/\s+/)
    .map(stem),
);

function sharesObject(profile: ToolProfile, scope: PromptScope): boolean {
  const { concepts, stems } = scope;
  const shared = [...profile.nouns].some((noun) => stems.has(noun));
  // A car is no hotel: of things that are booked, the person named which.
  if ((profile.kinds & kindBit("book")) !== 0 && !shared) return !namesBookable(stems);
  const { described } = profile;
  if (profile.objects === 0 && !shared && !alike(profile, scope)) return false;
  if (profile.objects === 0 || concepts === 0) return true;
  if (((profile.objects | described.objects | impliedBy(profile.kinds)) & concepts) !== 0)
    return true;
  return shared;
}

/** A verb that could mean the other: one of the two says little by itself. */
function alike({ acts }: ToolProfile, { asks }: PromptScope): boolean {
  return [...acts, ...asks].some((act) => GENERIC_VERBS.has(act));
}

function namesBookable(stems: ReadonlySet<string>): boolean {
  return [...stems].some((word) => ((NOUN_CONCEPTS.get(word) ?? 0) & BOOKABLE) !== 0);
}

const BOOKABLE = conceptBit("booking");

function isDelegatedEffect(
  leaves: readonly RoledLeaf[],
  profile: ToolProfile,
  known: Background,
): boolean {
  const { scope } = known;
  if (!scope.open) return false;
  // Whom to tell does not say what.
  const sends = (profile.kinds & kindBit("send")) !== 0;
  const told = sends && leaves.some(({ role }) => role === "dest");
  if (!told && onlyNamed(leaves, known)) return true;
  if (sends && leaves.some(({ role, text }) => role === "dest" && wroteChosen(text, known)))
    return true;
  const about = leaves.flatMap(({ role, text }) =>
    role === "dest" ? namesOf(text) : TARGETS.has(role) ? [normalise(text)] : [],
  );
  return someResult(known, (result) =>
    allSpans(result).some((span) => {
      if (!speaks(result.indexed, span.at) || (span.verbs & profile.kinds) === 0) return false;
      const meant =
        profile.objects === 0 ||
        (span.concepts & profile.objects) !== 0 ||
        about.some((word) => contains(textOf(result.indexed, span), word));
      return meant && isDelegated({ result, span }, scope);
    }),
  );
}

/** An answer to whoever wrote what the person handed over. */
function wroteChosen(recipient: string, known: Background): boolean {
  return sightings(recipient, known).some(
    (sighting) =>
      (sighting.result.reach === "named" || sighting.result.reach === "chained") &&
      isFieldOf(sighting, recipient),
  );
}

/**
 * Everything that the call is about stands in the person's own words, or is a thing of what the person named:
 * what to do with it was handed over.
 */
function onlyNamed(leaves: readonly RoledLeaf[], known: Background): boolean {
  const about = leaves.filter(({ role }) => TARGETS.has(role) || role === "entity");
  return (
    about.length > 0 &&
    about.every(
      ({ text }) =>
        inPrompt(text, known.scope) ||
        sightings(text, known).some((one) => one.result.reach === "named" && saysIt(one, text)),
    )
  );
}

function namesOf(recipient: string): readonly string[] {
  return wordsOfText(normalise(recipient).split("@")[0] ?? "").filter((word) => word.length >= 3);
}

/** A verb that nobody knows is as grave as any, unless its object at least shows who speaks of it. */
export function isGrave(
  { kinds, objects, unknown }: ToolProfile,
  { chapters }: Background,
): boolean {
  if (unknown) return objects === 0 && chapters.length > 0;
  return (kinds & GRAVE) !== 0;
}

/** Third-party prose that speaks of such an effect: the only reason why a harmless one is held. */
export function explanation(profile: ToolProfile, { chapters }: Background): Sighting | null {
  const kinds = profile.unknown ? CHANGES : profile.kinds & CHANGES;
  for (let at = 0; at < chapters.length; at += 1) {
    if ((chapters.spoken(at) & kinds) === 0) continue;
    const { results, first, verbs } = chapters.list[at] as Chapter;
    for (let index = first; index < results.length; index += 1) {
      if (((verbs[index] ?? kinds) & kinds) === 0) continue;
      const found = speakingOf(results[index] as SeenResult, kinds, profile.objects);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Where a result's prose speaks of such an effect, on such a thing if it is known on what. */
function speakingOf(result: SeenResult, kinds: number, objects: ConceptSet): Sighting | null {
  const { marks } = result.indexed;
  for (let at = 0; at < countOf(marks); at += 1) {
    if ((verbsOf(marks, at) & kinds) === 0 || !speaks(result.indexed, at)) continue;
    if (objects !== 0 && (conceptsNear(marks, at) & objects) === 0) continue;
    return { result, span: spanAt(result.indexed, at) };
  }
  return null;
}

/** Concepts of a span and of its neighbours: `the pull request is fine. Merge it.` */
function conceptsNear(marks: Marks, at: number): number {
  let concepts = 0;
  for (let near = Math.max(0, at - 2); near <= at + 1; near += 1)
    if (recordOf(marks, near) === recordOf(marks, at)) concepts |= conceptsOf(marks, near);
  return concepts;
}
