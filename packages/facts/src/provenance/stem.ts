/**
 * A light English stemmer: plural, -ed, -ing, doubled consonant, final -e. Forms of one word meet;
 * that unrelated words stay apart matters more than that every form meets.
 */
export function stem(word: string): string {
  const singular = withoutPlural(word);
  return withoutFinalE(withoutSuffix(singular));
}

function withoutPlural(word: string): string {
  if (word.length < 4 || !word.endsWith("s")) return word;
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith("ies")) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

function withoutSuffix(word: string): string {
  if (word.length > 5 && word.endsWith("ied")) return `${word.slice(0, -3)}y`;
  if (word.length > 5 && word.endsWith("ing")) return undoubled(word.slice(0, -3), word);
  if (word.length > 4 && word.endsWith("ed")) return undoubled(word.slice(0, -2), word);
  return word;
}

/** The suffix stays where what is left is no word: `string`, `bring`, `need`, `feed`. */
function undoubled(rest: string, word: string): string {
  if (rest.length < 3 || !/[aeiouy]/.test(rest) || rest.endsWith("e")) return word;
  return /([bdfgmnprt])\1$/.test(rest) ? rest.slice(0, -1) : rest;
}

function withoutFinalE(word: string): string {
  return word.length > 3 && word.endsWith("e") ? word.slice(0, -1) : word;
}
