import { dirname, join } from "node:path/posix";
import type { Contract, Rule } from "./contract.ts";

export interface ContractScope {
  /** Absolute path of the folder that the contract is about. */
  readonly folder: string;
  /** Agents that it binds, with those that they start; empty for every agent. */
  readonly agents: readonly string[];
  /** First part of every id. */
  readonly name: string;
}

/** One policy of a compiled contract, and the rules that it comes from. */
export interface ContractPolicy {
  readonly id: string;
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** Window of a limit on iterations: the longest that there is. */
const ITERATIONS_PER = "31d";

/** A contract as Cedar policies. All of them forbid, so that no text of a contract permits anything. */
export function contractPolicies(
  { rules }: Pick<Contract, "rules">,
  scope: ContractScope,
): readonly ContractPolicy[] {
  const of = <K extends Rule["kind"]>(kind: K): readonly Extract<Rule, { kind: K }>[] =>
    rules.filter((rule): rule is Extract<Rule, { kind: K }> => rule.kind === kind);
  const [editable, locked, written] = [of("editable"), of("locked"), of("written")];
  const [offline, noInstall, branches] = [of("offline"), of("no-install"), of("branch")];
  const [iterations, scores, supervised] = [of("iterations"), of("score"), of("supervised")];
  const file = (path: string): string => entity("File", join(scope.folder, path));
  const isFile = ({ path }: { readonly path: string }): string =>
    path.includes("*")
      ? `resource.path like ${JSON.stringify(join(scope.folder, path))}`
      : `resource in ${file(path)}`;
  const guarded = [...locked, ...written];
  const write = policyWriter(scope);
  return [
    write("locked", locked, {
      code: "contract.locked",
      reason: "the contract locks this file",
      head: `action in Action::"change", resource is File`,
      when: [
        ...locked.map(isFile),
        ...foldersAbove(guarded).map((path) => `resource == ${file(path)}`),
      ],
    }),
    write("listed", editable, {
      code: "contract.not_editable",
      reason: "the contract lists the files that may be changed, and not this one",
      head: `action in Action::"change", resource is File in ${entity("File", scope.folder)}`,
      unless: [
        ...editable.map(isFile),
        ...written.map(isFile),
        `resource == ${entity("File", `${scope.folder}/*`)}`,
        `resource in ${entity("File", `${scope.folder}/.git`)}`,
      ],
    }),
    write("whole", [...editable, ...guarded], {
      code: "contract.whole_folder",
      reason: "this may change every file of the folder, also those that the contract locks",
      asks: true,
      head: `action in Action::"change", resource is File`,
      when: ["", "/*"].map((end) => `resource == ${entity("File", `${scope.folder}${end}`)}`),
    }),
    write("written", written, {
      code: "contract.written_by",
      reason: "the contract lets only a program of its own write this file",
      asks: true,
      head: `action in Action::"change", resource is File`,
      when: written.map(isFile),
    }),
    write("supervised", supervised, {
      code: "contract.supervised",
      reason: "the contract has a person look at every change",
      asks: true,
      head: `action in Action::"change", resource is File in ${entity("File", scope.folder)}`,
    }),
    write("no-install", [...noInstall, ...offline], {
      code: "contract.no_new_deps",
      reason: "the contract has the agent work with what is there",
      head: `action == Action::"install", resource`,
    }),
    write("offline", offline, {
      code: "contract.no_network",
      reason: "the contract keeps the agent off the network",
      head: `action in [Action::"connect", Action::"read", Action::"leave"], resource is Host`,
    }),
    write("branch", branches, {
      code: "contract.branch",
      reason: "the contract has a branch of its own",
      head: `action in Action::"change", resource is Object`,
      when: [`resource.kind == "git-remote"`],
      unless: branches.map(
        ({ name }) => `resource == ${entity("Object", `git-remote/origin/${name}`)}`,
      ),
    }),
    write("iterations", iterations, {
      code: "contract.max_iterations",
      reason: "the contract ends after so many runs of its command",
      limit: `${Math.min(...iterations.map(({ most }) => most))} calls per ${ITERATIONS_PER} per agent`,
      head: `action in [Action::"execute", Action::"read"], resource`,
      when: scores.flatMap(({ path }) => [
        `resource == ${entity("Tool", `program/${path.split("/").at(-1)}`)}`,
        `resource == ${file(path)}`,
      ]),
    }),
  ].filter((policy) => policy !== null);
}

interface Form {
  readonly code: string;
  readonly reason: string;
  /** Everything after the principal. */
  readonly head: string;
  readonly asks?: boolean;
  readonly limit?: string;
  /** One of them has to hold; a policy that could match none is none. */
  readonly when?: readonly string[];
  /** None of them may hold. */
  readonly unless?: readonly string[];
}

function policyWriter({
  agents,
  name,
}: ContractScope): (id: string, rules: readonly Rule[], form: Form) => ContractPolicy | null {
  const who = agents.map((agent) => `principal in ${entity("Agent", agent)}`);
  const [only] = agents;
  const principal =
    agents.length === 1 && only !== undefined
      ? `principal is Agent in ${entity("Agent", only)}`
      : "principal is Agent";
  const common = agents.length > 1 ? [either(who)] : [];
  return (id, rules, { code, reason, head, asks = false, limit, when, unless = [] }) => {
    if (rules.length === 0 || when?.length === 0) return null;
    const conditions = [...common, ...(when === undefined ? [] : [either(when)])];
    const full = `contract-${name}-${id}`;
    const text = [
      `@id(${JSON.stringify(full)})`,
      ...(limit === undefined ? [] : [`@limit(${JSON.stringify(limit)})`]),
      ...(asks
        ? ['@decision("require_approval")', '@approvers("on-behalf-of")', '@ttl("15m")']
        : []),
      ...(asks ? ['@waivable("scoped")'] : []),
      `@code(${JSON.stringify(code)})`,
      `@reason(${JSON.stringify(`${reason} (${placesOf(rules)})`)})`,
      `forbid (${principal}, ${head})`,
      ...(conditions.length === 0 ? [] : [`when { ${conditions.join(" && ")} }`]),
      ...(unless.length === 0 ? [] : [`unless { ${either(unless)} }`]),
    ];
    return { id: full, text: `${text.join("\n")};\n`, rules };
  };
}

/** Folders of the contract above these files: who moves or removes one moves or removes them. */
function foldersAbove(rules: readonly { readonly path: string }[]): readonly string[] {
  const folders = rules.flatMap(({ path }) => {
    const above: string[] = [];
    for (let at = dirname(path); at !== "."; at = dirname(at)) above.push(at);
    return above;
  });
  return [...new Set(folders)];
}

/** Places that are shown in a reason; more are in the text of the contract. */
const PLACES_SHOWN = 3;

function placesOf(rules: readonly Rule[]): string {
  const places = [...new Set(rules.map(({ file, line }) => `${file}:${line}`))];
  const shown = places.slice(0, PLACES_SHOWN).join(", ");
  return places.length > PLACES_SHOWN ? `${shown}, …` : shown;
}

function either(conditions: readonly string[]): string {
  const different = [...new Set(conditions)];
  return different.length === 1 ? (different[0] ?? "") : `(${different.join(" || ")})`;
}

/** A text in it can end no string: JSON's escapes are Cedar's, and the others do not load. */
function entity(type: string, id: string): string {
  return `${type}::${JSON.stringify(id)}`;
}
