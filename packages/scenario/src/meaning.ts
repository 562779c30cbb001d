import { callOf, deedsOf, isCall, kindOf, systemOf } from "./deed.ts";
import { strangePlaceholders } from "./expand.ts";
import { REPEAT_MAX, ROWS_MAX, STEPS_MAX } from "./limits.ts";
import type { Problem, ScenarioCode } from "./read.ts";
import type { Check, Scenario, Step } from "./scenario.ts";
import { toolsOf } from "./world/tools.ts";

type Path = readonly (string | number)[];
type Found = (code: ScenarioCode, message: string, path: Path) => void;

/** What single values cannot show: names of nobody, two deeds in one step, placeholders without meaning. */
export function meaningOf(scenario: Scenario, placeOf: (path: Path) => number): readonly Problem[] {
  const problems: Problem[] = [];
  const found: Found = (code, message, path) =>
    void problems.push({ code, message, offset: placeOf(path) });
  placeholders(scenario, [], found);
  people(scenario, found);
  tables(scenario, found);
  steps(scenario, ["when"], found);
  for (const [way, when] of Object.entries(scenario.ways ?? {}))
    steps({ ...scenario, when }, ["ways", way], found);
  if ((scenario.satisfied ?? 0) > 100)
    found("scenario.invalid", "`satisfied` is 0 to 100 per cent", ["satisfied"]);
  (scenario.then ?? []).forEach((check, at) => checks(scenario, check, ["then", at], found));
  (scenario.damage ?? []).forEach((check, at) => {
    checks(scenario, check, ["damage", at], found);
    if (check.unlogged !== undefined)
      found("scenario.invalid", "without Bylaw there is no log to look at", ["damage", at]);
  });
  return problems;
}

function placeholders(value: unknown, path: Path, found: Found): void {
  if (typeof value === "string")
    for (const strange of strangePlaceholders(value))
      found("scenario.placeholder", `\`${strange}\` stands for nothing`, path);
  else if (typeof value === "object" && value !== null)
    for (const [key, inner] of Object.entries(value))
      placeholders(inner, [...path, Array.isArray(value) ? Number(key) : key], found);
}

function people({ given }: Scenario, found: Found): void {
  const known = Object.keys(given.people ?? {});
  for (const [name, agent] of Object.entries(given.agents))
    if (agent.for !== undefined && !known.includes(agent.for))
      found("scenario.unknown_name", `nobody in \`people\` is called \`${agent.for}\``, [
        "given",
        "agents",
        name,
        "for",
      ]);
  if (Object.keys(given.agents).length === 0)
    found("scenario.invalid", "`agents` names nobody who could act", ["given", "agents"]);
  if (Object.keys(given.systems).length === 0)
    found("scenario.invalid", "`systems` names nothing that could be acted on", [
      "given",
      "systems",
    ]);
}

function tables({ given }: Scenario, found: Found): void {
  for (const [system, { database }] of Object.entries(given.systems))
    for (const [name, table] of Object.entries(database?.tables ?? {})) {
      const path = ["given", "systems", system, "database", "tables", name];
      const listed = table.rows !== undefined;
      const made = table.count !== undefined && table.row !== undefined;
      if (listed === made || (table.count === undefined) !== (table.row === undefined))
        found(
          "scenario.invalid",
          `\`${name}\` has either \`rows\`, or \`count\` and \`row\``,
          path,
        );
      else if (listed && table.rows?.length === 0)
        found(
          "scenario.invalid",
          `the rows of \`${name}\` say its columns, so it has at least one`,
          path,
        );
      if ((table.count ?? 0) > ROWS_MAX)
        found("scenario.too_large", `a table has at most ${ROWS_MAX} rows`, path);
    }
}

function steps(scenario: Scenario, list: Path, found: Found): void {
  const names = new Set<string>();
  if (scenario.when.length > STEPS_MAX)
    found("scenario.too_large", `a scenario has at most ${STEPS_MAX} steps`, list);
  scenario.when.forEach((step, at) => {
    const path = [...list, at];
    if (names.has(step.step))
      found("scenario.duplicate_step", `\`${step.step}\` is an earlier step`, [...path, "step"]);
    oneDeed(scenario, step, path, found);
    named(scenario, step, path, names, found);
    if ((step.repeat ?? 1) > REPEAT_MAX || step.repeat === 0)
      found("scenario.invalid", `\`repeat\` is 1 to ${REPEAT_MAX}`, [...path, "repeat"]);
    names.add(step.step);
  });
}

/** Deeds of an agent that are no calls. */
const ACTED: readonly string[] = ["prompt", "delegate"];

/** Which further keys a deed takes. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  with: ["call"],
  headers: ["request"],
  body: ["request"],
  folder: ["run"],
  text: ["write"],
  to: ["move"],
  version: ["install"],
  as: ["approve", "reject", "revoke", "halt", "release"],
  about: ["redefine"],
};

function oneDeed({ given }: Scenario, step: Step, path: Path, found: Found): void {
  const deeds = deedsOf(step);
  const [deed = ""] = deeds;
  if (deeds.length !== 1) {
    const what = deeds.length === 0 ? "nothing" : deeds.map((one) => `\`${one}\``).join(" and ");
    return found("scenario.invalid", `a step does one thing; this one does ${what}`, path);
  }
  for (const [key, of] of Object.entries(BESIDE))
    if (Object.hasOwn(step, key) && !of.includes(deed))
      found("scenario.invalid", `\`${key}\` does not go with \`${deed}\``, [...path, key]);
  if (!isCall(step)) {
    for (const key of [
      "repeat",
      "approved_by",
      "presents",
      "credential",
      "passport",
      "on",
      "by",
      "last_only",
    ])
      if (Object.hasOwn(step, key) && !(key === "by" && ACTED.includes(deed)))
        found("scenario.invalid", `\`${key}\` does not go with \`${deed}\``, [...path, key]);
    if ((deed === "approve" || deed === "reject") && step.as === undefined)
      found("scenario.missing_key", `\`${deed}\` needs the key \`as\``, path);
    if (deed === "redefine" && step.about === undefined)
      found("scenario.missing_key", "`redefine` needs the key `about`", path);
    return;
  }
  if (step.passport !== undefined) passports(given, step, path, found);
  const system = systemOf(step, given.systems);
  const kind = kindOf(step);
  if (system === null)
    return found(
      "scenario.unknown_name",
      step.on === undefined
        ? `\`${deed}\` needs one system with \`${kind}\`; name it with \`on\``
        : `\`${step.on}\` is not a system with \`${kind}\``,
      step.on === undefined ? path : [...path, "on"],
    );
  const known = given.systems[system];
  if (known === undefined)
    return found("scenario.unknown_name", `no system is called \`${system}\``, [...path, "call"]);
  const call = callOf(step, given.systems);
  if (call !== null && !toolsOf(system, known).some(({ name }) => name === call.tool))
    found("scenario.unknown_name", `\`${system}\` has no tool \`${call.tool}\``, [...path, deed]);
}

function passports(
  { issuers = {} }: Scenario["given"],
  { passport = {}, credential, approved_by: approved }: Step,
  path: Path,
  found: Found,
): void {
  const at = [...path, "passport"];
  if (credential !== undefined || approved !== undefined)
    found("scenario.invalid", "`passport` does not go with `credential` or `approved_by`", at);
  if (passport.from !== undefined && !Object.hasOwn(issuers, passport.from))
    found("scenario.unknown_name", `no issuer is called \`${passport.from}\``, [...at, "from"]);
  if (passport.from === undefined)
    for (const key of ["claims", "signed"])
      if (Object.hasOwn(passport, key))
        found(
          "scenario.invalid",
          `\`${key}\` needs an issuer: the gateway makes no such thing`,
          at,
        );
  if (passport.bound === false && passport.proof !== undefined)
    found("scenario.invalid", "a passport that is not bound has no `proof`", at);
}

function named(
  { given }: Scenario,
  step: Step,
  path: Path,
  earlier: ReadonlySet<string>,
  found: Found,
): void {
  const agent = (key: "by" | "suspend" | "resume" | "withdraw"): void => {
    const name = step[key];
    if (name !== undefined && !Object.hasOwn(given.agents, name))
      found("scenario.unknown_name", `no agent is called \`${name}\``, [...path, key]);
  };
  agent("by");
  agent("suspend");
  agent("resume");
  agent("withdraw");
  const to = step.delegate?.to;
  if (to !== undefined && !Object.hasOwn(given.agents, to))
    found("scenario.unknown_name", `no agent is called \`${to}\``, [...path, "delegate", "to"]);
  for (const key of ["approve", "reject", "presents"] as const) {
    const name = step[key];
    if (name !== undefined && !earlier.has(name))
      found("scenario.unknown_name", `no earlier step is called \`${name}\``, [...path, key]);
  }
  if (step.redefine !== undefined) {
    const [system = ""] = step.redefine.split("/", 1);
    const tools = given.systems[system];
    const tool = step.redefine.slice(system.length + 1);
    if (tools === undefined || !toolsOf(system, tools).some(({ name }) => name === tool))
      found("scenario.unknown_name", `there is no tool \`${step.redefine}\``, [
        ...path,
        "redefine",
      ]);
  }
}

const LOOKS = ["rows", "sql", "called", "reached", "files", "absent", "unchanged", "unlogged"];

function checks({ given }: Scenario, check: Check, path: Path, found: Found): void {
  const looks = LOOKS.filter((key) => Object.hasOwn(check, key));
  if (looks.length !== 1)
    return found("scenario.invalid", `a check has exactly one of ${LOOKS.join(", ")}`, path);
  const system = (name: string | undefined, key: string): void => {
    if (name === undefined || !Object.hasOwn(given.systems, name))
      found("scenario.unknown_name", `no system is called \`${name ?? ""}\``, [...path, key]);
  };
  if (check.sql !== undefined) system(check.on, "on");
  if (check.sql !== undefined && !Object.hasOwn(check, "gives"))
    found("scenario.missing_key", "`sql` needs the key `gives`", path);
  if (check.called !== undefined) {
    system(check.called.split("/", 1)[0], "called");
    if (check.times === undefined)
      found("scenario.missing_key", "`called` needs the key `times`", path);
  }
  for (const key of Object.keys(check.rows ?? {})) {
    const [name = "", table = ""] = key.split(".");
    const tables = given.systems[name]?.database?.tables ?? {};
    if (!Object.hasOwn(tables, table))
      found("scenario.unknown_name", `there is no table \`${key}\`; write \`system.table\``, [
        ...path,
        "rows",
      ]);
  }
}
