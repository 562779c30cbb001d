import { EvaluationFailure } from "./errors.ts";
import type { IpValue } from "./value.ts";

/** The longest text form: eight groups of four digits and a prefix length. */
const IP_TEXT_LENGTH = 43;
const WIDTH = { 4: 32, 6: 128 } as const;

/**
 * An address or a range: v4 without leading zeros, v6 with at most one `::` and without embedded v4,
 * optional prefix length without leading zeros.
 */
export function parseIp(text: string): IpValue {
  const value = text.length <= IP_TEXT_LENGTH ? read(text) : null;
  if (value === null)
    throw new EvaluationFailure("extension", `\`${text.slice(0, 64)}\` is not an ip address`);
  return value;
}

function read(text: string): IpValue | null {
  const [host = "", bits, ...rest] = text.split("/");
  if (rest.length > 0) return null;
  const version = host.includes(":") ? 6 : 4;
  const address = version === 4 ? readV4(host) : readV6(host);
  const prefix = bits === undefined ? WIDTH[version] : readPrefix(bits, WIDTH[version]);
  return address === null || prefix === null ? null : { kind: "ip", version, address, prefix };
}

function readPrefix(text: string, width: number): number | null {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return null;
  const prefix = Number(text);
  return prefix <= width ? prefix : null;
}

function readV4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let address = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    address = (address << 8n) | BigInt(part);
  }
  return address;
}

function readV6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const written = [...(head ?? []), ...(tail ?? [])];
  const missing = 8 - written.length;
  // `::` stands for at least one group.
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...(head ?? []), ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  let address = 0n;
  for (const group of groups) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    address = (address << 16n) | BigInt(`0x${group}`);
  }
  return address;
}

/** Whether every address of `a` is one of `b`; never across families. */
export function inRange(a: IpValue, b: IpValue): boolean {
  const [first, last] = bounds(a);
  const [low, high] = bounds(b);
  return a.version === b.version && low <= first && last <= high;
}

function bounds(range: IpValue): readonly [bigint, bigint] {
  const host = (1n << BigInt(WIDTH[range.version] - range.prefix)) - 1n;
  const last = range.address | host;
  return [last ^ host, last];
}

const LOOPBACK = { 4: parseIp("127.0.0.0/8"), 6: parseIp("::1") } as const;
const MULTICAST = { 4: parseIp("224.0.0.0/4"), 6: parseIp("ff00::/8") } as const;

export function isLoopback(range: IpValue): boolean {
  return inRange(range, LOOPBACK[range.version]);
}

export function isMulticast(range: IpValue): boolean {
  return inRange(range, MULTICAST[range.version]);
}
