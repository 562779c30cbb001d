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
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const version = host.includes(":") ? 6 : 4;
  const address = version === 4 ? readV4(host) : readV6(host);
  const width = WIDTH[version];
  const prefix = slash < 0 ? width : readPrefix(text.slice(slash + 1), width);
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
  const gap = text.indexOf("::");
  const head = groupsOf(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : groupsOf(text.slice(gap + 2));
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group.
  if (gap < 0 ? missing !== 0 : missing < 1) return null;
  let address = 0n;
  for (const group of [...head, ...Array<string>(missing).fill("0"), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    address = (address << 16n) | BigInt(`0x${group}`);
  }
  return address;
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
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
