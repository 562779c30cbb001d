import { alphabet, contains } from "./alphabets.ts";

/** What a piece of text is made of: the evidence for and against its being random. */
export interface Shape {
  readonly length: number;
  readonly lower: number;
  readonly upper: number;
  readonly digits: number;
  readonly others: number;
  /** Neighbours of different kind: lower, upper, digit, other. */
  readonly changes: number;
  /** Characters in stretches of four or more that repeat or count up or down. */
  readonly patterned: number;
  /** Longest such stretch. */
  readonly longestPattern: number;
  /** Shannon entropy in bits for each character. */
  readonly entropy: number;
  readonly hex: boolean;
}

const PATTERN_MIN = 4;
const HEX_OR_HYPHEN = alphabet("0-9a-fA-F-");

export function shapeOf(text: string, start: number = 0, end: number = text.length): Shape {
  const counts = new Uint16Array(129);
  const kinds = [0, 0, 0, 0];
  let changes = 0;
  let patterned = 0;
  let longestPattern = 0;
  let hex = true;
  let [previous, kindBefore, stepBefore, stretch] = [-1, -1, 2, 1];
  const close = (): void => {
    if (stretch < PATTERN_MIN) return;
    patterned += stretch;
    longestPattern = Math.max(longestPattern, stretch);
  };
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    counts[Math.min(code, 128)] = (counts[Math.min(code, 128)] ?? 0) + 1;
    const kind = kindOf(code);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (kind !== kindBefore && kindBefore !== -1) changes += 1;
    if (!contains(HEX_OR_HYPHEN, code)) hex = false;
    const step = stepOf(previous, code);
    if (step !== 2 && (step === stepBefore || stretch === 1)) stretch += 1;
    else {
      close();
      stretch = step === 2 ? 1 : 2;
    }
    [previous, kindBefore, stepBefore] = [code, kind, step];
  }
  close();
  const [lower = 0, upper = 0, digits = 0, others = 0] = kinds;
  const length = end - start;
  const entropy = entropyOf(counts, length);
  return { length, lower, upper, digits, others, changes, patterned, longestPattern, entropy, hex };
}

function kindOf(code: number): 0 | 1 | 2 | 3 {
  if (code >= 97 && code <= 122) return 0;
  if (code >= 65 && code <= 90) return 1;
  return code >= 48 && code <= 57 ? 2 : 3;
}

/** How a character follows the one before: 0 the same, 1 up, -1 down, 2 neither. Nine counts up to nought. */
function stepOf(previous: number, code: number): number {
  const step = code - previous;
  if (previous === 57 && code === 48) return 1;
  return step >= -1 && step <= 1 ? step : 2;
}

function entropyOf(counts: Uint16Array, length: number): number {
  let sum = 0;
  for (const count of counts) if (count > 0) sum += count * Math.log2(count);
  return length === 0 ? 0 : Math.log2(length) - sum / length;
}
