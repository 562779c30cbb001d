import { CAPABILITIES, type Requirement } from "../conformance/requirements.ts";
import { type File, type Finding, isTest, seen } from "./repository.ts";

/** Where a requirement is shown. */
export interface Citation {
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

const ID = /^C[1-9]\d?\.[1-9]\d?$/;
const IN_TEST = /^\s*\/\/ shows: (.+)$/;
const IN_SCENARIO = /^shows: \[(.*)\]$/;

const isScenario = (path: string): boolean => /^(examples\/)?scenarios\/[^/]+\.yaml$/.test(path);

/** Every citation of tests and scenarios. */
export function citations(files: readonly File[]): readonly Citation[] {
  const cited = files.filter(({ path }) => isTest(path) || isScenario(path));
  return seen(cited, "tests").flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, at) => {
      const [, ids] = (isScenario(path) ? IN_SCENARIO : IN_TEST).exec(line) ?? [];
      return (ids ?? "")
        .split(",")
        .flatMap((id) => (id.trim() === "" ? [] : [{ id: id.trim(), file: path, line: at + 1 }]));
    }),
  );
}

/**
 * Requirements without a place that shows them, and places that show nothing that is asked for. What waits for
 * a part of Bylaw must name one, and may be cited by scenarios alone: a test that shows it has built it.
 */
export function requirements(
  list: readonly Requirement[],
  found: readonly Citation[],
  rooms: ReadonlySet<string>,
): readonly Finding[] {
  const here = "conformance/requirements.ts";
  const finding = (rule: string, because: string, file = here, line = 1): Finding => ({
    rule: `requirements.${rule}`,
    file,
    line,
    because,
  });
  const byId = new Map(list.map((one) => [one.id, one]));
  return [
    ...seen(list, "requirements").flatMap(({ id, waitsFor }, at) => {
      const [capability = ""] = id.split(".", 1);
      const known = ID.test(id) && Object.hasOwn(CAPABILITIES, capability);
      return [
        ...(known && list.findIndex((one) => one.id === id) === at
          ? []
          : [finding("id", `\`${id}\` is no id, or stands twice`)]),
        ...(waitsFor === null || rooms.has(waitsFor)
          ? []
          : [finding("room", `\`${id}\` waits for \`${waitsFor}\`, which no list names`)]),
        ...(waitsFor !== null || found.some((one) => one.id === id)
          ? []
          : [finding("uncited", `no test and no scenario shows \`${id}\``)]),
      ];
    }),
    ...[...rooms]
      .filter((room) => !list.some(({ waitsFor }) => waitsFor === room))
      .map((room) => finding("unasked", `nothing waits for \`${room}\``)),
    ...Object.keys(CAPABILITIES)
      .filter((capability) => !list.some(({ id }) => id.startsWith(`${capability}.`)))
      .map((capability) => finding("empty", `\`${capability}\` asks for nothing`)),
    ...found.flatMap(({ id, file, line }) => {
      const requirement = byId.get(id);
      if (requirement === undefined)
        return [finding("unknown", `nothing asks for \`${id}\``, file, line)];
      return requirement.waitsFor === null || isScenario(file)
        ? []
        : [finding("built", `\`${id}\` is shown here, so it waits for nothing`, file, line)];
    }),
  ];
}

/** docs/requirements.md. */
export function requirementsPage(list: readonly Requirement[], found: readonly Citation[]): string {
  const count = list.filter(({ waitsFor }) => waitsFor === null).length;
  const parts = Object.entries(CAPABILITIES).map(([capability, title]) => {
    const rows = list
      .filter(({ id }) => id.startsWith(`${capability}.`))
      .map(({ id, holds, source, waitsFor }) => {
        const shown = [...new Set(found.filter((one) => one.id === id).map(({ file }) => file))];
        const where = shown.map((file) => `[${nameOf(file)}](../${file})`).join(", ");
        const state = waitsFor === null ? "built" : `not yet: \`${waitsFor}\``;
        return `| ${id} | ${holds} | ${source} | ${state} | ${where} |\n`;
      });
    const head =
      "| id | what holds | comes from | state | shown by |\n| --- | --- | --- | --- | --- |\n";
    return `## ${capability}: ${title}\n\n${head}${rows.join("")}`;
  });
  return `# Requirements

<!-- written by house/requirements.test.ts; accept a change with \`npm run unit -- -u\` -->

What Bylaw has to be able to do, where that comes from, and what shows it. ${count} of ${list.length} are built. The
others wait for a part of Bylaw that is not there, and their steps in the scenarios are [expected
failures](scenarios.md#what-cannot-pass-yet). The list is \`conformance/requirements.ts\`; a test fails when a line is
shown by nothing, and when something claims to show a line that is not there.

${parts.join("\n")}`;
}

function nameOf(file: string): string {
  return file.split("/").at(-1) ?? file;
}
