import { fail, ok, type Result } from "@bylaw/core";
import { isMap, parseDocument } from "yaml";
import { parseConfig } from "./load.ts";

/** An upstream that is added to a configuration. */
export type NewUpstream =
  | {
      readonly command: readonly [string, ...string[]];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/**
 * The text of a `bylaw.yaml` with more upstreams in it; everything else stays, comments too. In: its
 * name for messages, and its text, null for a new one. Error: a text, also where the outcome would not
 * be a valid configuration.
 */
export function addUpstreams(
  file: string,
  text: string | null,
  upstreams: ReadonlyMap<string, NewUpstream>,
): Result<string, string> {
  const document = parseDocument(text ?? "version: 1\n", { uniqueKeys: true, merge: false });
  const problem = document.errors[0]?.message.split("\n")[0];
  if (problem !== undefined) return fail(`${file}: ${problem}`);
  const node: unknown = document.get("upstreams", true);
  if (isMap(node)) node.flow = false; // `upstreams: {}` cannot hold lines
  for (const [name, upstream] of upstreams) document.setIn(["upstreams", name], written(upstream));
  const after = document.toString({ lineWidth: 0 });
  const checked = parseConfig(file, after);
  return checked.ok ? ok(after) : fail(`${file}: ${checked.error[0]?.message ?? "not valid"}`);
}

/**
 * The text of a `bylaw.yaml` with one more person in `people`. Where nobody was named before, whoever
 * runs the gateway stays: the list takes the place of the default. Error: a text.
 */
export function addPerson(
  file: string,
  text: string,
  name: string,
  groups: readonly string[],
): Result<string, string> {
  const document = parseDocument(text, { uniqueKeys: true, merge: false });
  const before = parseConfig(file, text);
  if (!before.ok) return fail(`${file}: ${before.error[0]?.message ?? "not valid"}`);
  if (Object.hasOwn(before.value.people, name)) return fail(`${name} is in \`people\` already`);
  const node: unknown = document.get("people", true);
  if (isMap(node)) node.flow = false;
  else
    for (const [known, { groups: theirs }] of Object.entries(before.value.people))
      document.setIn(["people", known], { groups: [...theirs] });
  document.setIn(["people", name], groups.length === 0 ? {} : { groups: [...groups] });
  const after = document.toString({ lineWidth: 0 });
  const checked = parseConfig(file, after);
  return checked.ok ? ok(after) : fail(`${file}: ${checked.error[0]?.message ?? "not valid"}`);
}

/**
 * The text of a `bylaw.yaml` that means the same in another folder: workspaces and working directories
 * become absolute, and the person who stands for the present user is named. What else it names relatively
 * has to be copied along with it. In: the file, its text, and that person. Error: a text.
 */
export function relocated(file: string, text: string, person: string): Result<string, string> {
  const loaded = parseConfig(file, text);
  if (!loaded.ok) return fail(`${file}: ${loaded.error[0]?.message ?? "not valid"}`);
  const document = parseDocument(text, { uniqueKeys: true, merge: false });
  const { workspaces, upstreams, people } = loaded.value;
  if (workspaces.length > 0) document.setIn(["workspaces"], [...workspaces]);
  if (!document.has("people")) {
    const [standing] = Object.values(people);
    document.setIn(["people"], { [person]: { groups: [...(standing?.groups ?? [])] } });
  }
  for (const [name, upstream] of Object.entries(upstreams))
    if (upstream.kind === "stdio") document.setIn(["upstreams", name, "cwd"], upstream.cwd);
  return ok(document.toString({ lineWidth: 0 }));
}

/** Without what is empty. */
function written(upstream: NewUpstream): unknown {
  if ("url" in upstream) {
    const { url, headers } = upstream;
    return Object.keys(headers).length === 0 ? { url } : { url, headers };
  }
  const { command, env, cwd } = upstream;
  return { command: [...command], ...(Object.keys(env).length === 0 ? {} : { env }), cwd };
}
