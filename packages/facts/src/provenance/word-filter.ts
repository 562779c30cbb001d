/**
 * Which words a text may have: a Bloom filter (B. H. Bloom, 1970) of three bits for each. A value stands on
 * token boundaries, so every run of letters and digits in it is a whole run of any text that it stands
 * in: of thousands of results nearly all are told apart without being searched. In: the hashes of a text's
 * words.
 */
export function filterOf(hashes: readonly number[]): Uint32Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, (hashes.length * BITS_PER_WORD) / 32)));
  const bits = new Uint32Array(size);
  addHashes(bits, 0, size, hashes);
  return bits;
}

/** The same in three sets of 32 bits, one bit in each for every word: full where there are many. */
export type Sketch = readonly [number, number, number];

/** Bits for each run of a text; two in a hundred words that are not there pass. */
const BITS_PER_WORD = 10;

/** In: where a filter starts among others and how long it is, a power of two. Out: how many more bits are set. */
export function addHashes(
  bits: Uint32Array,
  from: number,
  size: number,
  hashes: readonly number[],
): number {
  let added = 0;
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] as number;
    added += set(bits, from, size, hash);
    added += set(bits, from, size, second(hash));
    added += set(bits, from, size, third(hash));
  }
  return added;
}

function set(bits: Uint32Array, from: number, size: number, hash: number): 0 | 1 {
  if (isSet(bits, from, size, hash)) return 0;
  const word = from + ((hash >>> 5) & (size - 1));
  bits[word] = (bits[word] ?? 0) | (1 << (hash & 31));
  return 1;
}

/** What the sketch of a text must have if it holds all of these words. */
export function sketchOf(hashes: readonly number[]): Sketch {
  const sketch: [number, number, number] = [0, 0, 0];
  for (const hash of hashes) {
    sketch[0] |= 1 << (hash >>> 27);
    sketch[1] |= 1 << ((hash >>> 22) & 31);
    sketch[2] |= 1 << ((hash >>> 17) & 31);
  }
  return sketch;
}

/**
 * The hashes of a value's words, to be looked up in many filters. In: a normalised value. A word is a maximal
 * run of ASCII letters and digits: other letters end a run here although they do not end a word, but a run
 * that is whole in the value is whole in the text either way.
 */
export function wordHashes(value: string, most: number = HASHES_MAX): readonly number[] {
  const hashes: number[] = [];
  let hash = NO_HASH;
  for (let at = 0; at < value.length && hashes.length < most; at += 1) {
    const code = value.charCodeAt(at);
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) hash = hashed(hash, code);
    else if (hash !== NO_HASH) {
      hashes.push(mixed(hash));
      hash = NO_HASH;
    }
  }
  if (hash !== NO_HASH && hashes.length < most) hashes.push(mixed(hash));
  return hashes;
}

/** More of them tell hardly more. */
const HASHES_MAX = 8;

/**
 * Whether the sketch at an index of many has all bits that are wanted. In: each third of the sketches by
 * itself, since most are told apart by the first.
 */
export function fits(
  [first, middle, last]: readonly [readonly number[], readonly number[], readonly number[]],
  index: number,
  wanted: Sketch,
): boolean {
  return (
    ((first[index] ?? -1) & wanted[0]) === wanted[0] &&
    ((middle[index] ?? -1) & wanted[1]) === wanted[1] &&
    ((last[index] ?? -1) & wanted[2]) === wanted[2]
  );
}

/** False only where a text certainly lacks one of the words. In: as for `addHashes`. */
export function mayHold(
  bits: Uint32Array,
  hashes: readonly number[],
  from: number = 0,
  size: number = bits.length,
): boolean {
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] as number;
    if (
      !isSet(bits, from, size, hash) ||
      !isSet(bits, from, size, second(hash)) ||
      !isSet(bits, from, size, third(hash))
    )
      return false;
  }
  return true;
}

function isSet(bits: Uint32Array, from: number, size: number, hash: number): boolean {
  return (((bits[from + ((hash >>> 5) & (size - 1))] ?? 0) >>> (hash & 31)) & 1) === 1;
}

/** Two other places out of a hash. */
function second(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 11;
}

function third(hash: number): number {
  return hash >>> 14;
}

/** The hash of no characters yet (FNV-1a, 32 bits). */
export const NO_HASH: number = 0x811c9dc5 | 0;

/** The hash of a word with one more character. */
export function hashed(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** The hash of a whole word (the finalizer of MurmurHash3): words that are alike are far apart in it. */
export function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return Math.imul(half ^ (half >>> 13), 0xc2b2ae35) >>> 0;
}
