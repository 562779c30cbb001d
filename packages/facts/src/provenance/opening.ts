import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { NOMINAL_VERBS, NOUN_VERBS, PHRASAL_VERBS, VERB_KINDS } from "./lexicon/verbs.ts";
import { DETERMINERS, PREPOSITIONS, QUANTIFIERS } from "./lexicon/words.ts";
import { stem } from "./stem.ts";
import { toolKind } from "./tool-kinds.ts";

/**
 * How the description of a tool opens: with an act (`Cancels a booking`), its verb known or not, or with
 * a thing (`The card of an object`, `Who may enter`), which is then what comes back.
 */
export type Opening =
  | { readonly kind: "act"; readonly verb: string; readonly known: boolean }
  | { readonly kind: "thing" }
  | { readonly kind: "none" };

const NONE: Opening = { kind: "none" };
const THING: Opening = { kind: "thing" };

/** In: the words of the first sentence, in lower case. Verbs are stems. */
export function openingOf(words: readonly string[]): Opening {
  const from = words.findIndex((word) => !word.endsWith("ly"));
  const [first = "", second = ""] = words.slice(Math.max(0, from));
  if (first === "") return NONE;
  if (/^(?:what|which|who|whom|whose|where|when|whether|how)$/.test(first)) return THING;
  const rest = words.slice(from + 1);
  // `New discount code`: what is not there yet is made.
  if (first === "new") return { kind: "act", verb: CREATE, known: true };
  if (isDeterminer(first)) return nominal(rest[0] ?? "") ?? wrapped(first, rest) ?? THING;
  const lends = LENDING.has(stem(first)) && (!/^(?:lets?|allows?)$/.test(first) || forCaller(rest));
  if (lends || (second === "to" && !VERB_KINDS.has(stem(first))))
    return knownIn(rest) ?? known(first) ?? NONE;
  // `Reads or changes`: what it can do beside looking.
  const other = /^(?:or|and)$/.test(second) ? known(rest[1] ?? "") : undefined;
  if (other !== undefined && looks(stem(first))) return other;
  return nominal(first) ?? verbal(first, second, rest);
}

/** Verbs that say that something else is done: `Has the porters carry`, `Lets you search`. */
const LENDING = new Set("let allow have has help use used".split(" ").map(stem));

/** `Lets you`, `Allows the user to`: whoever calls does it, nobody else is let. */
function forCaller(rest: readonly string[]): boolean {
  return /^(?:(?:the|an) )?(?:you|users?|agents?|callers?|assistants?|to)\b/.test(rest.join(" "));
}

const CREATE = stem("create");

function isDeterminer(word: string): boolean {
  return DETERMINERS.has(word) || QUANTIFIERS.has(word);
}

/** `This tool removes …`. */
function wrapped(first: string, [second = "", ...rest]: readonly string[]): Opening | undefined {
  const itself =
    /^(?:a|an|the|this)$/.test(first) &&
    /^(?:tool|function|endpoint|action|api|command|method|operation)$/.test(second);
  return itself ? (knownIn(rest.slice(0, 4)) ?? NONE) : undefined;
}

/** `Removal of a member`: the act as a noun. Of several, `Payments of a tenant`, they are things. */
function nominal(word: string): Opening | undefined {
  const verb = NOMINAL_VERBS.get(stem(word));
  if (verb === undefined || VERB_KINDS.has(stem(word)) || /[^s]s$/.test(word)) return undefined;
  return { kind: "act", verb, known: true };
}

function verbal(first: string, second: string, rest: readonly string[]): Opening {
  const key = stem(first);
  // `Prices of couriers`, `Letters that came`: what a preposition or a clause follows is a thing.
  const followed =
    second === "" || PREPOSITIONS.has(second) || /^(?:and|or|to|that|which|who)$/.test(second);
  // `Order search`, `Ticket list, newest first`: a thing, and how to look at it.
  if (
    NOUN_VERBS.has(key) &&
    LOOKING.test(second) &&
    (rest[1] === undefined || PREPOSITIONS.has(rest[1]))
  )
    return THING;
  const particle = phraseIn(key, rest);
  if (particle !== undefined) return particle;
  const done = DOES.has(key) && isDeterminer(second) ? doneIn(rest.slice(1)) : undefined;
  if (done !== undefined) return done;
  if (VERB_KINDS.has(key) && !(first.endsWith("ed") && !VERB_KINDS.has(first))) {
    const noun = NOUN_VERBS.has(key) && followed && (second === "of" || /[^s]s$/.test(first));
    return noun ? THING : { kind: "act", verb: key, known: true };
  }
  // `Saved payees`, `Standing orders`: what was, or is, done to a thing.
  if (/(?:ed|ing)$/.test(first)) return THING;
  // `Household calendar`, `Recent deployments of a service`: what stands before any preposition is a thing.
  if (endsInThing([first, second, ...rest.slice(1)])) return THING;
  const third = /[^su]s$/.test(first);
  if (third)
    return followed || NOUN_CONCEPTS.has(key) ? THING : { kind: "act", verb: key, known: false };
  if (isDeterminer(second)) return { kind: "act", verb: key, known: false };
  if (NOUN_CONCEPTS.has(key) || followed) return THING;
  const head = headOf([first, second, ...rest.slice(1)]);
  if (head !== undefined)
    return nominal(head) ?? (NOUN_VERBS.has(stem(head)) ? known(head) : undefined) ?? THING;
  return knownIn(rest.slice(0, 4)) ?? { kind: "act", verb: key, known: false };
}

const LOOKING = /^(?:search|list|lookup|history|overview|status|details?)$/;

/** `Full text search over messages`: the last word before the preposition says what it is. */
function headOf(words: readonly string[]): string | undefined {
  const end = words.slice(0, HEAD_WORDS_MAX).findIndex((word) => PREPOSITIONS.has(word));
  const before = words.slice(0, Math.max(0, end));
  return before.some((word) => isDeterminer(word) || /[^s]s$/.test(word))
    ? undefined
    : before.at(-1);
}

/** No verb, no determiner, and a noun or several of something at the end. */
function endsInThing(words: readonly string[]): boolean {
  const end = words.findIndex((word) => PREPOSITIONS.has(word));
  const head = end === -1 ? words : words.slice(0, end);
  const last = head.at(-1) ?? "";
  return (
    head.length > 1 &&
    head.length <= THING_WORDS_MAX &&
    !head.some(isDeterminer) &&
    (end === -1 ? NOUN_CONCEPTS.has(stem(last)) : /[^s]s$/.test(last))
  );
}

const THING_WORDS_MAX = 3;
const HEAD_WORDS_MAX = 6;

/** `Strikes an object off the register`: the particle may stand behind the object. */
function phraseIn(key: string, rest: readonly string[]): Opening | undefined {
  const found = rest.slice(0, 5).flatMap((word) => PHRASAL_VERBS.get(`${key} ${word}`) ?? []);
  return found[0] === undefined ? undefined : { kind: "act", verb: found[0], known: true };
}

function looks(key: string): boolean {
  return toolKind(key, VERB_KINDS.get(key) ?? []) === "read";
}

/** `Performs a web search`, `Takes a snapshot of a page`: the act is the noun. */
function doneIn(words: readonly string[]): Opening | undefined {
  const end = words.slice(0, HEAD_WORDS_MAX).findIndex((word) => PREPOSITIONS.has(word));
  const found = words
    .slice(0, end === -1 ? 3 : end)
    .findLast((word) => NOMINAL_VERBS.has(stem(word)) || NOUN_VERBS.has(stem(word)));
  return found === undefined ? undefined : (nominal(found) ?? known(found));
}

const DOES = new Set("perform do make take".split(" ").map(stem));

function known(word: string): Opening | undefined {
  const key = stem(word);
  return VERB_KINDS.has(key) ? { kind: "act", verb: key, known: true } : undefined;
}

function knownIn(words: readonly string[]): Opening | undefined {
  const found = words.slice(0, 6).find((word) => VERB_KINDS.has(stem(word)));
  return found === undefined ? undefined : known(found);
}
