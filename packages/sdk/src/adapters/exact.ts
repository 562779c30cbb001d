type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Levels of nesting; the gateway reads no more. */
const DEPTH_MAX = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A copy of a call's arguments that JSON says exactly, so that what was decided is what runs, also when
 * somebody changes the original meanwhile. Members that are `undefined` count as absent.
 *
 * Out: undefined for whatever JSON would change or lose: dates, maps, NaN, a negative zero, functions,
 * `toJSON`, symbols, cycles.
 */
export function exactly(value: unknown): { readonly [name: string]: Json } | undefined {
  const copied = copy(value, DEPTH_MAX);
  return isPlain(copied) ? copied : undefined;
}

function copy(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return LONE_SURROGATE.test(value) ? undefined : value;
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return all(Array.from(value, (item) => copy(item, depth - 1)));
  if (!isPlain(value) || Object.getOwnPropertySymbols(value).length > 0) return undefined;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const members = all(entries.map(([, member]) => copy(member, depth - 1)));
  if (members === undefined || entries.some(([name]) => LONE_SURROGATE.test(name)))
    return undefined;
  return Object.fromEntries(entries.map(([name], at) => [name, members[at] ?? null]));
}

function all(values: readonly (Json | undefined)[]): readonly Json[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The same text for the same value, whatever the order of its members. */
export function textOf(value: Json | undefined): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isPlain(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
