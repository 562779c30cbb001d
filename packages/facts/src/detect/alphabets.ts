/** A set of ASCII characters, as a table by character code. */
export type Alphabet = Uint8Array;

const ASCII = 128;

/** In: characters, with ranges written `a-z`; a hyphen stands for itself at the end. */
export function alphabet(spelled: string): Alphabet {
  const table = new Uint8Array(ASCII);
  for (let at = 0; at < spelled.length; at += 1) {
    const from = spelled.charCodeAt(at);
    const isRange = spelled[at + 1] === "-" && at + 2 < spelled.length;
    const to = isRange ? spelled.charCodeAt(at + 2) : from;
    for (let code = from; code <= to; code += 1) table[code] = 1;
    if (isRange) at += 2;
  }
  return table;
}

export function contains(set: Alphabet, code: number): boolean {
  return code < ASCII && set[code] === 1;
}

export const DIGIT: Alphabet = alphabet("0-9");
export const LOWER: Alphabet = alphabet("a-z0-9");
export const UPPER: Alphabet = alphabet("A-Z0-9");
export const HEX: Alphabet = alphabet("0-9a-fA-F");
export const BASE32: Alphabet = alphabet("A-Z2-7");
export const ALNUM: Alphabet = alphabet("A-Za-z0-9");
export const BASE64: Alphabet = alphabet("A-Za-z0-9+/=");
export const BASE64URL: Alphabet = alphabet("A-Za-z0-9_-");
/** What tokens that are joined by dots and padded are made of. */
export const TOKEN: Alphabet = alphabet("A-Za-z0-9_.=-");
export const UUID: Alphabet = alphabet("0-9a-fA-F-");
