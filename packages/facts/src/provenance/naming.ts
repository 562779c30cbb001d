import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { NOMINAL_VERBS, NOUN_VERBS, VERB_KINDS } from "./lexicon/verbs.ts";
import type { Opening } from "./opening.ts";
import { stem } from "./stem.ts";
import { toolKind } from "./tool-kinds.ts";

/**
 * The verb of a tool, as a stem: of its name where that has one for certain; where the name's verb may be a
 * noun as well (`loan_file`, `order_list`), what the description opens with tells which. Null for nobody knows.
 */
export function verbOf(
  named: readonly string[],
  opening: Opening,
  writes: boolean,
): { readonly verb: string | null; readonly byName: boolean } {
  const done = actNamed(named);
  if (done !== undefined) return { verb: done, byName: true };
  const inName = verbOfName(named);
  const act = opening.kind === "act" && opening.known ? opening.verb : null;
  // What takes a text to write is no thing to look at, however it is described.
  const described = opening.kind === "thing" && !writes ? SHOW : act;
  if (inName === undefined) return { verb: described, byName: false };
  const verb = stem(inName);
  // `list_orders`: a name that opens with how to look and says at what.
  const looks = named.length > 1 && inName === named[0] && !changes(verb);
  // Behind a word that nobody knows, what the description says is surer: `acme_checkout` switches branches.
  const first = inName === named[0] || isKnown(named[0] ?? "");
  const certain = described === null || looks || (!NOUN_VERBS.has(verb) && (first || act === null));
  if (!certain && act !== null && named.some((word) => stem(word) === act))
    return { verb: act, byName: true };
  const agrees = inName === named[0] && act !== null && changes(act) === changes(verb);
  return certain || agrees ? { verb, byName: true } : { verb: described, byName: false };
}

const SHOW = stem("show");

function changes(verb: string): boolean {
  return toolKind(verb, VERB_KINDS.get(verb) ?? []) !== "read";
}

function isVerb(word: string): boolean {
  return VERB_KINDS.has(stem(word));
}

function isNounVerb(word: string): boolean {
  return NOUN_VERBS.has(stem(word));
}

function isKnown(word: string): boolean {
  return isVerb(word) || NOUN_CONCEPTS.has(stem(word));
}

/** `orders`, `bookings`: things of which there are several. */
export function isPlural(word: string): boolean {
  return word.length > 3 && /[^s]s$/.test(word) && isKnown(word);
}

function verbOfName(words: readonly string[]): string | undefined {
  const [first = ""] = words;
  const last = words.at(-1) ?? "";
  // `mark_message_read`: what it is to become is no act.
  if (first === "mark") return first;
  // `list_shelves`: a plural behind the first word is what something is done to.
  const verbs = words.filter((word, at) =>
    at === 0
      ? isVerb(word) && !isPlural(word)
      : isVerb(word) && (word.length < 3 || !/(?:[^s]s|.ing)$/.test(word)),
  );
  // A first word that nobody knows is the verb: `order` in `frob_order` is what it is done to.
  if (!isKnown(first) && verbs.every(isNounVerb))
    return (
      verbs.find((word) => word !== last && PLAIN.has(word)) ?? (LOOKS.has(last) ? last : undefined)
    );
  if (isShown(words)) return undefined;
  // `order_search`, `bookings_list`: a thing, and how to look at it.
  if (words.length === 2 && LOOKS.has(last) && isNounVerb(first)) return last;
  // A word that is noun and verb names the thing where a plain verb stands behind it: `cart_add`, `report_list`.
  return (
    (verbs[0] === words[0] && !isNounOnlyHere(words) ? verbs[0] : undefined) ??
    verbs.find((word) => !isNounVerb(word)) ??
    verbs[0]
  );
}

/** `payment_history`, `order_status`: what there is to know of a thing. */
export function isShown(words: readonly string[]): boolean {
  const [first = ""] = words;
  const thing =
    NOUN_CONCEPTS.has(stem(first)) && !PLAIN.has(first) && (!isVerb(first) || isNounVerb(first));
  return words.length > 1 && thing && SHOWN.has(words.at(-1) ?? "");
}

const SHOWN = new Set(
  "history status info information details overview summary stats statistics balance".split(" "),
);

/** `create_refund`, `place_trade`, `make_booking`: a verb that says little, and an act by its noun. */
function actNamed(words: readonly string[]): string | undefined {
  const [first = "", ...rest] = words;
  const last = stem(rest.at(-1) ?? "");
  const act = NOMINAL_VERBS.get(last) ?? last;
  const kind = toolKind(act, VERB_KINDS.get(act) ?? []);
  if (!LENDS.has(first) || BILLS.has(last)) return undefined;
  return kind === "pay" || kind === "book" || (kind === "send" && SAID.has(last)) ? act : undefined;
}

const LENDS = new Set("create make issue place process submit initiate do perform".split(" "));
/** What somebody gets by being said something. */
const SAID = new Set("message mail email sms dm call text reply".split(" ").map(stem));
/** What is asked for is not yet paid. */
const BILLS = new Set("invoice bill charge bid tip split".split(" ").map(stem));

/** Words that are verbs of interfaces before they are nouns, behind a name of a product too. */
const PLAIN = new Set("list search query view post update move reply".split(" "));
/** Words by which a name says at its end that it looks. */
const LOOKS = new Set("list search query lookup view".split(" "));

function isNounOnlyHere(words: readonly string[]): boolean {
  const [first, ...rest] = words;
  return (
    first !== undefined &&
    isNounVerb(first) &&
    rest.some((word) => isVerb(word) && !isNounVerb(word) && !word.endsWith("ing"))
  );
}
