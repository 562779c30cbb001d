import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isArray, isObject, type Json, type JsonObject, member, parseStrict } from "@bylaw/core";
import {
  type IssuingKey,
  newIssuingKey,
  PASSPORT_SECONDS_MAX,
  type PublicKey,
  readIssuingKey,
  readKeySet,
} from "@bylaw/identity";
import { replaceFile } from "../log/durable-file.ts";

const FILE = "passport.key";
const MS = 1_000;
/** Replaced keys that are kept: more rotations within an hour end the oldest passports early. */
const PREVIOUS_MAX = 8;

/** The key that this gateway signs passports with, and those that it replaced. */
export interface PassportKeys {
  current(): IssuingKey;
  /** Public keys whose passports can still be valid. In: milliseconds since the epoch. */
  verifying(now: number): readonly PublicKey[];
  /**
   * Puts a new key in force and returns its id. Passports of the old one stay valid until they
   * expire; with `atOnce` they end now.
   */
  rotate(now: number, atOnce: boolean): Promise<string>;
}

/** A key that was replaced: its public half, and when its last passport has expired. */
interface Previous {
  readonly jwk: JsonObject;
  readonly key: PublicKey;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

interface Keys {
  readonly written: JsonObject;
  readonly current: IssuingKey;
  readonly previous: readonly Previous[];
}

/** Opens `passport.key` of a data folder, made on first use. Null for a file that is not as it was written. */
export async function openPassportKeys(folder: string): Promise<PassportKeys | null> {
  const path = join(folder, FILE);
  if (!existsSync(path)) save(path, objectIn(await newIssuingKey()), []);
  const opened = await read(readFileSync(path, "utf8"));
  if (opened === null) return null;
  let keys = opened;
  return {
    current: () => keys.current,
    verifying: (now) => [
      keys.current.verifies,
      ...keys.previous.filter(({ until }) => now < until).map(({ key }) => key),
    ],
    async rotate(now, atOnce) {
      const { d: _, ...half } = keys.written;
      const replaced: Previous = {
        jwk: { ...half, kid: keys.current.id },
        key: keys.current.verifies,
        until: now + PASSPORT_SECONDS_MAX * MS,
      };
      const previous = atOnce
        ? []
        : [replaced, ...keys.previous.filter(({ until }) => now < until)].slice(0, PREVIOUS_MAX);
      const written = objectIn(await newIssuingKey());
      const current = await readIssuingKey(JSON.stringify(written));
      if (current === null) throw new Error("a new key does not read");
      save(path, written, previous);
      keys = { written, current, previous };
      return current.id;
    },
  };
}

function save(path: string, current: JsonObject, previous: readonly Previous[]): void {
  const rest = previous.map(({ jwk, until }) => ({ jwk, until }));
  replaceFile(path, `${JSON.stringify({ current, previous: rest })}\n`);
}

async function read(text: string): Promise<Keys | null> {
  const file = objectIn(text);
  const written = member(file, "current");
  const previous = member(file, "previous");
  if (!isObject(written) || !isArray(previous)) return null;
  const current = await readIssuingKey(JSON.stringify(written));
  const old = await Promise.all(previous.map(readPrevious));
  const whole = old.filter((one) => one !== null);
  return current === null || whole.length < old.length
    ? null
    : { written, current, previous: whole };
}

async function readPrevious(value: Json): Promise<Previous | null> {
  if (!isObject(value)) return null;
  const [jwk, until] = [member(value, "jwk"), member(value, "until")];
  if (!isObject(jwk) || typeof until !== "number") return null;
  const set = await readKeySet(JSON.stringify({ keys: [jwk] }));
  const key = set.ok ? set.value[0] : undefined;
  return key === undefined ? null : { jwk, key, until };
}

function objectIn(text: string): JsonObject {
  const parsed = parseStrict(text);
  return parsed.ok && isObject(parsed.value) ? parsed.value : {};
}
