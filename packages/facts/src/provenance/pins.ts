import type { RoledLeaf } from "./leaves.ts";
import { GRAVE, type KindSet, kindBit } from "./lexicon/kinds.ts";
import { countOf, recordOf } from "./marks.ts";
import {
  type Background,
  hasProse,
  isFieldOf,
  namesIn,
  type Sighting,
  saysIt,
  type Traced,
} from "./origins.ts";
import { linkOf, spansOf } from "./records.ts";
import { TARGETS } from "./roles.ts";
import { sightings } from "./sightings.ts";
import { type IndexedText, speaks, textOf } from "./spans.ts";
import { stem } from "./stem.ts";
import { normalise, patternOf, shapeOf, wordsOfText } from "./text.ts";

/** Parameters of a tool for which the person wrote out what to put there. */
export function pinsOf(
  tool: string,
  leaves: readonly RoledLeaf[],
  traced: readonly Traced[],
  scope: Background["scope"],
): readonly string[] {
  const pins: string[] = [];
  for (let at = 0; at < leaves.length; at += 1) {
    const leaf = leaves[at] as RoledLeaf;
    if (!chooses(leaf)) continue;
    if (traced[at]?.origin !== "user" && !(leaf.role === "dest" && namesIn(leaf.text, scope)))
      continue;
    pins.push(pinOf(tool, leaf));
    for (const name of bearers(leaf.text, scope)) pins.push(bearerOf(name, leaf));
  }
  return pins;
}

/** Names of the request that an address bears before its host. */
function bearers(address: string, { names }: Background["scope"]): readonly string[] {
  if (shapeOf(address) !== "email") return [];
  const owner = wordsOfText(normalise(address).split("@")[0]?.replaceAll("_", " ") ?? "");
  return owner.filter((word) => names.has(word));
}

function bearerOf(name: string, { text }: RoledLeaf): string {
  return `${name}\n@\n${normalise(text)}`;
}

/** `Jonas` is one person: an address that bears his name beside the one that was taken for his. */
function isNamesake(
  leaf: RoledLeaf,
  known: Background & { readonly pins: ReadonlySet<string> },
): boolean {
  return bearers(leaf.text, known.scope).some(
    (name) =>
      !known.pins.has(bearerOf(name, leaf)) &&
      [...known.pins].some((pin) => pin.startsWith(`${name}\n@\n`)),
  );
}

/**
 * Whether a call does the same to another thing than the one that the person wrote out, one that some text
 * speaks of: `unban Ann`, and a note that says that Bob is to be unbanned too.
 */
export function isBesidePin(
  tool: string,
  leaf: RoledLeaf,
  traced: Traced,
  known: Background & { readonly pins: ReadonlySet<string> },
): boolean {
  const { all, open, gathers, defers, stems } = known.scope;
  const others = leaf.role === "dest" ? SEVERAL.some((word) => stems.has(word)) : all;
  if (others || open || gathers || defers || traced.origin === "user") return false;
  if (!chooses(leaf) || !known.pins.has(pinOf(tool, leaf))) return false;
  if (leaf.role === "dest" && namesIn(leaf.text, known.scope)) return isNamesake(leaf, known);
  return sightings(leaf.text, known).some(
    (sighting) => !isFieldOf(sighting, leaf.text) || (leaf.role === "dest" && hasProse(sighting)),
  );
}

/** Words for people besides one that is named. */
const SEVERAL = "all other everyone everybody each both every".split(" ").map(stem);

/**
 * Whether the record that an identifier is of speaks of it by itself: of several things of which the person
 * wants the best, the one that says so.
 */
export function isPitched(
  leaf: RoledLeaf,
  { origin }: Traced,
  kinds: KindSet,
  known: Background,
): boolean {
  const { superlative, open, defers } = known.scope;
  const grave = open || defers ? 0 : kinds & LOST;
  if ((grave === 0 && !superlative) || origin === "user" || !identifies(leaf)) return false;
  const seen = sightings(leaf.text, known);
  const own = seen.filter((one) => saysIt(one, leaf.text));
  if (own.some((one) => asksFor(one, grave))) return true;
  if (!superlative) return false;
  return seen.some(
    ({ result: { indexed }, span }) =>
      speaks(indexed, span.at) &&
      !textOf(indexed, span).startsWith(normalise(leaf.text)) &&
      own.some((one) => one.result.indexed === indexed && one.span.record === span.record),
  );
}

/**
 * Whether a record beside that of the identifier is the one that the request speaks of: of two orders, of
 * which one is Ann's, the other is not what `Ann's order` means.
 */
export function isPassedOver(
  leaf: RoledLeaf,
  { origin }: Traced,
  kinds: KindSet,
  known: Background,
): boolean {
  const { all, superlative, open, defers, gathers } = known.scope;
  if (all || superlative || open || defers || gathers || (kinds & LOST) === 0) return false;
  if (origin === "user" || !identifies(leaf)) return false;
  const own = sightings(leaf.text, known).filter((one) => saysIt(one, leaf.text));
  const most = new Map<IndexedText, number>();
  return (
    own.length > 0 &&
    own.every(({ result: { indexed }, span }) => {
      const link = most.get(indexed) ?? mostLinked(indexed, known.scope);
      most.set(indexed, link);
      return linkOf(indexed, span.record, known.scope) < link;
    })
  );
}

/** How much that record of a result which the request speaks of most has in common with it. */
function mostLinked(indexed: IndexedText, scope: Background["scope"]): number {
  let most = 0;
  const last = recordOf(indexed.marks, countOf(indexed.marks) - 1);
  for (let record = 0; record <= last; record += 1)
    most = Math.max(most, linkOf(indexed, record, scope));
  return most;
}

/** Grave effects on one of several things; what is bought was chosen among offers. */
const LOST = GRAVE & ~kindBit("buy");

/** Whether some text of the record asks for such an effect. */
function asksFor({ result: { indexed }, span }: Sighting, kinds: KindSet): boolean {
  if (kinds === 0) return false;
  for (const other of spansOf(indexed, span.record))
    if ((other.verbs & kinds) !== 0 && speaks(indexed, other.at)) return true;
  return false;
}

function identifies(leaf: RoledLeaf): boolean {
  return chooses(leaf) && patternOf(leaf.text) !== null;
}

function chooses({ role }: RoledLeaf): boolean {
  return TARGETS.has(role) || role === "entity";
}

function pinOf(tool: string, { parameter }: RoledLeaf): string {
  return `${tool}\n${parameter}`;
}
