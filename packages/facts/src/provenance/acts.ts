import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import {
  NOMINAL_VERBS,
  NOUN_VERBS,
  PAST_FORMS,
  PHRASAL_VERBS,
  VERB_KINDS,
} from "./lexicon/verbs.ts";
import {
  BEFORE_VERBS,
  CAUSATIVES,
  DETERMINERS,
  LIGHT_VERBS,
  MEDIUM_NOUNS,
  NEGATIONS,
  PREPOSITIONS,
  STOP_WORDS,
  SUPERLATIVES,
  TELLING_SUBJECTS,
  TIME_WORDS,
} from "./lexicon/words.ts";
import { stem } from "./stem.ts";
import type { Token } from "./tokens.ts";

/** Whether the token asks for what it names: a verb, not told, not negated, not a noun. */
export function asksAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const { word } = token;
  const previous = token.opens ? undefined : tokens[at - 1];
  if (!VERB_KINDS.has(token.stem) || PAST_FORMS.has(word) || token.named) return false;
  // `how warm is it`: what is asked for is how much of something there is.
  if (/^(?:how|which|whose)$/.test(previous?.word ?? "") && tokens[at + 1]?.word !== "to")
    return false;
  if (negated(tokens, at) || isQuestioned(tokens, at)) return false;
  // `Baltic Clearing`, `the Post Office`: part of a name.
  if (!token.opens && /^\p{Lu}\p{Ll}/u.test(token.raw) && !titled(tokens)) return false;
  if (/(?:[^e]ed|eed)$/.test(word) && !VERB_KINDS.has(word) && word !== token.stem)
    return causes(tokens, at);
  if (/[^s]s$/.test(word) && token.stem !== word && !VERB_KINDS.has(word)) return false;
  if (isNamed(tokens, at) || isListed(tokens, at)) return false;
  if (previous === undefined) return true;
  if (DETERMINERS.has(previous.word)) return NOUN_VERBS.has(token.stem) && lightVerb(tokens, at);
  if (PREPOSITIONS.has(previous.word)) return previous.word === "by";
  if (TELLING_SUBJECTS.has(previous.word)) return false;
  if (BEFORE_VERBS.has(previous.word)) return true;
  // `start sending` asks, `the highest rating` is a thing.
  if (word.endsWith("ing") && !SUPERLATIVES.has(previous.word)) return true;
  return NOUN_VERBS.has(token.stem) ? lightVerb(tokens, at) || hasObject(tokens, at) : true;
}

/** `leave a note`, `post them`: no noun stands right before what it is done to. */
function hasObject(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return next !== undefined && !next.opens && /^(?:an?|the|my|our|it|them)$/.test(next.word);
}

/** `What do the notes say?`, `Did Ana write?`: who asks what somebody does asks for no such thing. */
function isQuestioned(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.opens === true) return false;
  for (let back = at - 1; back >= 0; back -= 1) {
    const { word, opens } = tokens[back] as Token;
    if (/^(?:you|and|then|please)$/.test(word)) return false;
    if (/^(?:do|does|did|has|have|is|are|was|were)$/.test(word))
      return opens || /^(?:what|which|who|when|where|why|how)$/.test(tokens[back - 1]?.word ?? "");
    if (opens) return false;
  }
  return false;
}

/** An order by a word that no table knows: `and knock the meeting off`, `Sequester ACC-9`. */
export function ordersAt(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const [previous, next] = [tokens[at - 1], tokens[at + 1]];
  if (token.address || !/^[a-z]{3,}$/.test(token.word) || next === undefined || next.opens)
    return false;
  const known = [VERB_KINDS, NOUN_CONCEPTS, STOP_WORDS, TIME_WORDS, MEDIUM_NOUNS, LIGHT_VERBS];
  if (known.some((table) => table.has(token.stem)) || PAST_FORMS.has(token.word)) return false;
  if (/(?:ly|ed|ing)$/.test(token.word) || PREPOSITIONS.has(token.word)) return false;
  const first = token.opens && !token.listed;
  const joined = !token.opens && /^(?:and|then|please|also|to)$/.test(previous?.word ?? "");
  if (!first && !(joined && !/^\p{Lu}/u.test(token.raw))) return false;
  return (
    DETERMINERS.has(next.word) ||
    /^(?:it|him|her|them|me|us)$/.test(next.word) ||
    /^[\p{Lu}\p{N}]/u.test(next.raw)
  );
}

/** Most words have a capital: then it says nothing. */
function titled(tokens: readonly Token[]): boolean {
  return 4 * tokens.filter(({ raw }) => /^\p{Lu}/u.test(raw)).length > 3 * tokens.length;
}

/** `the rent is 900`: what something is said of is a thing, not an act. */
export function isNamed(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return (
    NOUN_VERBS.has((tokens[at] as Token).stem) &&
    next !== undefined &&
    !next.opens &&
    /^(?:is|are|was|were|has|will|should|must|would)$/.test(next.word)
  );
}

/** `its name, price, rating and address`: a noun of a list, where an order would go on to say what. */
function isListed(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  if (!NOUN_VERBS.has(token.stem) && !token.word.endsWith("ing")) return false;
  const ends = next === undefined || next.opens;
  const last = /^(?:and|or)$/.test(tokens[at - 1]?.word ?? "") && tokens[at - 2]?.listed === true;
  return token.listed ? ends || /^(?:and|or)$/.test(next.word) : last && ends;
}

function negated(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  if (token.opens) return false;
  const near = [tokens[at - 1], tokens[at - 2]];
  // `If not, put it in`: what is to be done otherwise.
  if (near[0]?.word === "not" && near[1]?.word === "if") return false;
  const adverb = near[0] !== undefined && /ly$|^(?:ever|even|please)$/.test(near[0].word);
  const candidates = adverb && near[0]?.opens !== true ? near : near.slice(0, 1);
  return candidates.some((earlier) => earlier !== undefined && NEGATIONS.has(earlier.word));
}

/** `I want it removed`: a participle that somebody is to bring about. */
function causes(tokens: readonly Token[], at: number): boolean {
  for (let back = at - 1; back >= 0 && back >= at - 6; back -= 1) {
    const earlier = tokens[back] as Token;
    if (CAUSATIVES.has(earlier.word)) return true;
    if (earlier.opens || TELLING_SUBJECTS.has(earlier.word)) return false;
  }
  return false;
}

/** `place an order`, `make the monthly payment`: the noun asks because of the verb before it. */
function lightVerb(tokens: readonly Token[], at: number): boolean {
  for (let back = at - 1; back >= 0 && back >= at - 4; back -= 1) {
    const earlier = tokens[back] as Token;
    if (LIGHT_VERBS.has(earlier.stem)) return true;
    if (PREPOSITIONS.has(earlier.word)) return false;
    if (earlier.opens) return false;
  }
  return false;
}

/** Stems of the verbs that a token asks by: its own, that of a phrase it opens, that of an act it names. */
export function actsAt(
  tokens: readonly Token[],
  at: number,
  token: Token,
  asks: boolean,
): readonly string[] {
  const nominal = NOMINAL_VERBS.get(token.stem);
  if (nominal !== undefined && lightVerb(tokens, at)) return [nominal];
  const phrase =
    token.opens || !TELLING_SUBJECTS.has(tokens[at - 1]?.word ?? "")
      ? phraseAt(tokens, at)
      : undefined;
  const open = phrase !== undefined && !PAST_FORMS.has(token.word) && !negated(tokens, at);
  const answers = toSpeaker(tokens, at) || wonders(tokens, at) || opensPage(tokens, at);
  const stops = asks && stopsAt(tokens, at) ? [stem("cancel")] : [];
  const own =
    asks && !open && !stopsAt(tokens, at - 1) ? [answers ? LOOKS : token.stem, ...stops] : [];
  return [...own, ...(open ? [phrase === NOTIFIES && toSpeaker(tokens, at) ? LOOKS : phrase] : [])];
}

const LOOKS = stem("show");
const NOTIFIES = stem("notify");
const SPEAKS = new Set("give tell show read let inform brief update".split(" ").map(stem));

/** `give me`, `tell us`, `let me know`: what comes back is the answer, nobody else gets anything. */
function toSpeaker(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return (
    SPEAKS.has(tokens[at]?.stem ?? "") &&
    next !== undefined &&
    !next.opens &&
    /^(?:me|us)$/.test(next.word)
  );
}

/** `open https://…`: a page is opened to be read. */
function opensPage(tokens: readonly Token[], at: number): boolean {
  return (tokens[at]?.stem === stem("open") && tokens[at + 1]?.address) ?? false;
}

/** `stop paying them`: the end of an act, and not the act. */
function stopsAt(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return (
    tokens[at]?.stem === stem("stop") &&
    next !== undefined &&
    !next.opens &&
    next.word.endsWith("ing")
  );
}

/** `check whether`, `see how`: whatever else the verb can mean, here it looks. */
function wonders(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  const looks = VERB_KINDS.get(tokens[at]?.stem ?? "")?.includes("read") ?? false;
  return (
    looks &&
    next !== undefined &&
    !next.opens &&
    /^(?:whether|if|how|what|which|when|where|who|why)$/.test(next.word)
  );
}

/** The particle may stand behind the object: `roll the service back`. */
function phraseAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at] as Token;
  for (let next = at + 1; next <= at + 5; next += 1) {
    const later = tokens[next];
    if (later === undefined || later.opens) return undefined;
    const found = PHRASAL_VERBS.get(`${token.stem} ${later.word}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
