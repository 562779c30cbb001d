/**
 * The place of the first thing in a value that does not fit, such as `effects[2].action`; null when
 * everything fits. `at` is the place of the value itself.
 */
export type Shape = (value: unknown, at: string) => string | null;

export const boolean: Shape = (value, at) => (typeof value === "boolean" ? null : at);

/** An integer from 0 to 2^53-1. */
export const count: Shape = (value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : at;

export const integer: Shape = (value, at) => (Number.isSafeInteger(value) ? null : at);

export const string: Shape = (value, at) => (typeof value === "string" ? null : at);

export function matching(pattern: RegExp): Shape {
  return (value, at) => (typeof value === "string" && pattern.test(value) ? null : at);
}

export function oneOf(values: readonly unknown[]): Shape {
  return (value, at) => (values.includes(value) ? null : at);
}

export function nullOr(shape: Shape): Shape {
  return (value, at) => (value === null ? null : shape(value, at));
}

export interface ListRule {
  /** Elements that it has at least. */
  readonly min?: number;
  /** Whether no text may occur twice. */
  readonly distinct?: boolean;
}

export function listOf(item: Shape, { min = 0, distinct = false }: ListRule = {}): Shape {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < min) return at;
    if (distinct && new Set(value).size < value.length) return at;
    for (let index = 0; index < value.length; index += 1) {
      const problem = item(value[index], `${at}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** An object with any keys, and values of one shape. */
export function mapOf(item: Shape): Shape {
  return (value, at) => {
    if (!isPlain(value)) return at;
    for (const [key, member] of Object.entries(value)) {
      const problem = item(member, `${at}[${JSON.stringify(key)}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** An object with exactly these keys, of which those in `optional` may be absent. */
export function objectOf(
  members: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  const shapes = Object.entries({ ...members, ...optional });
  const known = (key: string): boolean =>
    Object.hasOwn(members, key) || Object.hasOwn(optional, key);
  return (value, at) => {
    if (!isPlain(value)) return at;
    const stranger = Object.keys(value).find((key) => !known(key));
    if (stranger !== undefined) return `${at}[${JSON.stringify(stranger)}]`;
    for (const [key, shape] of shapes) {
      if (Object.hasOwn(optional, key) && !Object.hasOwn(value, key)) continue;
      const place = at === "" ? key : `${at}.${key}`;
      const problem = Object.hasOwn(value, key) ? shape(value[key], place) : place;
      if (problem !== null) return problem;
    }
    return null;
  };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
