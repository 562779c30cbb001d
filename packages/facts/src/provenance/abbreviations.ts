import { VERB_KINDS } from "./lexicon/verbs.ts";

/**
 * Words of interfaces that are often written short. A short form keeps the first letter and, of the rest,
 * consonants in order (`snd`, `rcpt`), or it is the beginning of the word (`desc`).
 */
const WORDS =
  `read list get show find search view fetch query send create delete update share close move
  post submit remove cancel message recipient receiver subject text title content comment description
  amount account address attachment document invitee beneficiary reference quantity password number
  contact access reason channel participant folder directory image date start duration
  adjust customer supplier ticket payment publish schedule approve transfer discount`.split(/\s+/);

const SHORT_UNITS_MAX = 4;

/** The word that a short form of an interface stands for; the word itself where it is none, or of several. */
export function written(word: string): string {
  if (word.length < 2 || word.length > SHORT_UNITS_MAX || WORDS.includes(word)) return word;
  if (VERB_KINDS.has(word)) return word;
  const known = KNOWN.get(word) ?? WORDS.filter((full) => abbreviates(word, full));
  if (!KNOWN.has(word)) KNOWN.set(word, known);
  return known.length === 1 ? (known[0] as string) : word;
}

/** Asked for again and again by every definition that is read. */
const KNOWN = new Map<string, readonly string[]>();

function abbreviates(short: string, full: string): boolean {
  if (short[0] !== full[0] || short.length >= full.length) return false;
  if (/[aeiouy]/.test(short.slice(1)))
    return short.length > 2 && full.length > short.length + 1 && full.startsWith(short);
  const consonants = full[0] + full.slice(1).replace(/[aeiouy]/g, "");
  return short.length === 2
    ? consonants === short
    : consonants.startsWith(short) || inOrder(short, consonants);
}

/** All letters of the one in the other, in order, with at most one left out. */
function inOrder(short: string, consonants: string): boolean {
  let at = 0;
  for (const letter of consonants) if (letter === short[at]) at += 1;
  return at === short.length && consonants.length - short.length < 2;
}
