export function fromHex(text: string): string {
  const digits = text.replace(/[^0-9a-fA-F]/g, "");
  return decodeBytes(digits.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []);
}

/** Null where it is no base64. */
export function fromBase64(text: string): string | null {
  const digits = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return null;
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const digit of digits.replace(/=+$/, "")) {
    bits = ((bits << 6) | alphabet.indexOf(digit)) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return decodeBytes(bytes);
}

function decodeBytes(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** `tr a-z b-za`, as far as both sets are letters, digits and ranges. */
export function translate(text: string, from: string, to: string): string | null {
  const [a, b] = [charactersOf(from), charactersOf(to)];
  if (a === null || b === null || b.length === 0) return null;
  return [...text]
    .map((each) => (a.includes(each) ? (b[Math.min(a.indexOf(each), b.length - 1)] ?? each) : each))
    .join("");
}

function charactersOf(set: string): readonly string[] | null {
  if (/[\\[]/.test(set)) return null;
  return [
    ...set.replace(/(.)-(.)/gs, (_, from: string, to: string) => {
      let all = "";
      for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += 1)
        all += String.fromCharCode(code);
      return all;
    }),
  ];
}
