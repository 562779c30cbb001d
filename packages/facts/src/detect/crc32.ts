const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Characters that a CRC-32 takes in base 62. */
const WIDTH = 6;

/** Whether the last six characters are the CRC-32 of the others after `prefix`, in base 62. */
export function endsInCrc32(token: string, prefix: string): boolean {
  const body = token.slice(prefix.length, -WIDTH);
  return token.startsWith(prefix) && token.slice(-WIDTH) === base62(crc32(body));
}

/** CRC-32 (IEEE 802.3) of ASCII text. */
export function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let at = 0; at < ascii.length; at += 1)
    crc = (crc >>> 8) ^ (TABLE[(crc ^ ascii.charCodeAt(at)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

export function base62(value: number): string {
  let text = "";
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62))
    text = DIGITS.charAt(rest % 62) + text;
  return text.padStart(WIDTH, "0");
}
