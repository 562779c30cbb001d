import type { AnalysisOps } from "../ops.ts";
import type { World } from "../world.ts";

/** A path of a condition, in every form that an action may name it by. Lower case throughout. */
export interface ListedPath {
  readonly raw: string;
  /** Absolute forms: expanded, and with links resolved. */
  readonly absolute: readonly string[];
  /** Last segments that the path of a file must end with; null for an absolute one. */
  readonly ending: string | null;
}

/**
 * The forms of a path as a threat list writes it. Compared without regard to case: whether a file
 * system tells cases apart is not known here, and one that does not is reached by any spelling.
 */
export function listedPath(value: string, world: World, ops: AnalysisOps): ListedPath {
  const written = value.trim().replaceAll("\\", "/");
  const raw = written.toLowerCase();
  const fromHome = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/.exec(written)?.[0];
  const rest = fromHome === undefined ? written : written.slice(fromHome.length);
  const expanded = fromHome !== undefined && world.home !== null ? world.home + rest : written;
  if (expanded.startsWith("/")) {
    const lexical = normalPath(expanded);
    const real = ops.realPath(lexical);
    const forms = [lexical, ...(real === null ? [] : [real])];
    return { raw, absolute: [...new Set(forms.map((form) => form.toLowerCase()))], ending: null };
  }
  const segments = normalPath(fromHome === undefined ? written : rest);
  return { raw, absolute: [], ending: segments === "/" ? null : segments.toLowerCase() };
}

/** Absolute, without empty, `.` and `..` segments. */
export function normalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** Listed paths by what they are found by, so that many cost no more than one. */
export interface PathIndex<T> {
  /** What a path, or a text in lower case, names. */
  readonly named: (text: string) => readonly T[];
  /** What lies below a folder, both in lower case. */
  readonly below: (folder: string) => readonly T[];
}

export function pathIndex<T>(
  items: readonly { readonly item: T; readonly path: ListedPath }[],
): PathIndex<T> {
  const whole = new Map<string, T[]>();
  const endings = new Map<string, { readonly ending: string; readonly item: T }[]>();
  const add = <V>(map: Map<string, V[]>, key: string, value: V): void => {
    const values = map.get(key);
    if (values === undefined) map.set(key, [value]);
    else values.push(value);
  };
  for (const { item, path } of items) {
    for (const form of new Set([path.raw, ...path.absolute])) add(whole, form, item);
    if (path.ending !== null) add(endings, lastOf(path.ending), { ending: path.ending, item });
  }
  return {
    named: (text) => [
      ...(whole.get(text) ?? []),
      ...(endings.get(lastOf(text)) ?? [])
        .filter(({ ending }) => text.endsWith(ending) || `/${text}` === ending)
        .map(({ item }) => item),
    ],
    below: (folder) => {
      const start = folder.endsWith("/") ? folder : `${folder}/`;
      return items
        .filter(({ path }) => path.absolute.some((form) => form.startsWith(start)))
        .map(({ item }) => item);
    },
  };
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
