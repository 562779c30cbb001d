import type { Call, Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { type Content, NOTHING, UNKNOWN } from "../state.ts";

/** Runs a script of the workspace's package.json, with those that run before and after it. */
export function runScript(name: string, rest: readonly Arg[], call: Call, shell: Shell): Content {
  const scripts = scriptsOf(shell);
  if (scripts === null) {
    shell.unknown();
    return UNKNOWN;
  }
  for (const each of [`pre${name}`, name, `post${name}`]) {
    const text = Object.hasOwn(scripts, each) ? scripts[each] : undefined;
    if (typeof text !== "string") continue;
    const extra = each === name ? rest.map((arg) => ` ${quoted(arg.text)}`).join("") : "";
    shell.script({ ...NOTHING, text: text + extra, network: call.input.network });
  }
  return UNKNOWN;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Folders above the current one in which npm looks for a package.json. */
const PARENTS_MAX = 6;

/** Null: there is one that cannot be read, so that what a script does is not known. */
export function scriptsOf(shell: Shell): Readonly<Record<string, unknown>> | null {
  for (let up = 0; up <= PARENTS_MAX; up += 1) {
    const file = plain(`${"../".repeat(up)}package.json`);
    if (shell.kind(file) === "absent") continue;
    const { text } = shell.content(file);
    return text === null ? null : scriptsIn(text);
  }
  // Without one there is nothing to run.
  return {};
}

function scriptsIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const manifest: unknown = JSON.parse(text);
    const scripts =
      typeof manifest === "object" && manifest !== null && "scripts" in manifest
        ? manifest.scripts
        : {};
    return typeof scripts === "object" && scripts !== null
      ? (scripts as Record<string, unknown>)
      : {};
  } catch {
    return null;
  }
}
