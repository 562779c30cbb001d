/**
 * Texts of the form of credentials, made up at run time so that no file holds one. The number makes them
 * differ; none of them is anybody's.
 */
export const SECRETS: Readonly<Record<string, (n: number) => string>> = {
  aws: (n) => `AK${"IA"}${letters(16, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
  slack: (n) => `xox${"b"}-${letters(12, n, "0123456789")}-${letters(24, n, ALPHABET)}`,
  anthropic: (n) => `sk-${"ant"}-api03-${letters(93, n, ALPHABET)}AA`,
  "private-key": (n) =>
    [
      `-----BEGIN ${"OPENSSH"} PRIVATE KEY-----`,
      ...Array.from({ length: 5 }, (_, at) => letters(64, n * 7 + at, ALPHABET)),
      `-----END ${"OPENSSH"} PRIVATE KEY-----`,
    ].join("\n"),
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Always the same letters for the same number (a linear congruential generator). */
function letters(length: number, seed: number, alphabet: string): string {
  let state = (seed * 2_654_435_761 + 97) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return alphabet[(state >>> 8) % alphabet.length];
  }).join("");
}
