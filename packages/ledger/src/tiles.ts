import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { HASH_BYTES } from "./hash.ts";
import { ENTRY_BYTES_MAX, TILE_WIDTH } from "./limits.ts";

/** Path of a hash tile under the log's prefix (C2SP tlog-tiles). `width` 256 is a full tile. */
export function tilePath(level: number, index: number, width: number): string {
  return `tile/${level}/${pathNumber(index)}${suffix(width)}`;
}

/** Path of an entry bundle under the log's prefix. */
export function bundlePath(index: number, width: number): string {
  return `tile/entries/${pathNumber(index)}${suffix(width)}`;
}

/** Decimal in groups of three digits, all but the last marked with `x`: 1234067 is `x001/x234/067`. */
function pathNumber(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
}

function suffix(width: number): string {
  return width === TILE_WIDTH ? "" : `.p/${width}`;
}

/** A tile or bundle as a path names it. */
export interface TileName {
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** Reads a tile or bundle path; null for anything but the one canonical spelling. */
export function parseTilePath(path: string): TileName | null {
  const match = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const [, level = "", groups = "", partial] = match;
  const name: TileName = {
    level: level === "entries" ? "entries" : Number(level),
    index: Number(groups.replace(/[x/]/g, "")),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  };
  const spelled =
    name.level === "entries"
      ? bundlePath(name.index, name.width)
      : tilePath(name.level, name.index, name.width);
  return spelled === path && name.width > 0 && name.width <= TILE_WIDTH ? name : null;
}

/** Hashes of tile level `level` in a log of `size` entries: only full tiles are hashed upwards. */
export function levelWidth(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** How many hashes the tile has in a log of `size` entries; 0 when it does not exist. */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, levelWidth(level, size) - index * TILE_WIDTH));
}

/** Every tile of level `level` in a log of `size` entries. */
export function tileCount(level: number, size: number): number {
  return Math.ceil(levelWidth(level, size) / TILE_WIDTH);
}

/** Splits a tile into its hashes. */
export function splitTile(bytes: Uint8Array, width: number): Result<Uint8Array[], LedgerError> {
  if (bytes.length !== width * HASH_BYTES)
    return fail(
      ledgerError("tile.malformed", `tile of ${bytes.length} bytes instead of ${width} hashes`),
    );
  return ok(
    Array.from({ length: width }, (_, at) =>
      bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
    ),
  );
}

/** Encodes entries as a bundle: a big-endian uint16 length before each (C2SP tlog-tiles). */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const total = entries.reduce((sum, entry) => sum + 2 + entry.length, 0);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) throw new RangeError("an entry over 65,535 bytes");
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** Splits a bundle into exactly `width` entries; anything left over is an error. */
export function decodeBundle(bytes: Uint8Array, width: number): Result<Uint8Array[], LedgerError> {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bytes.length)
      return fail(ledgerError("tile.malformed", `bundle ends within entry ${entries.length}`));
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length)
    return fail(ledgerError("tile.malformed", `${bytes.length - at} bytes after the last entry`));
  return ok(entries);
}
