import {
  type Action,
  type ActionRequest,
  type Effect,
  type JsonObject,
  member,
  type ResourceEntity,
  type ToolDefinition,
} from "@bylaw/core";
import { APPLIES_TO } from "../applies.ts";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity, plainEntity, serverPlace } from "../entities.ts";
import { fileEffects, WRITE } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { urlEffects } from "../hosts/url.ts";
import { CALL_PATHS_MAX, DESCRIPTION_UNITS_MAX } from "../limits.ts";
import { readShell } from "../shell/shell.ts";
import { sqlEffects } from "../sql/sql.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { type NameReading, readName, wordsOf } from "./name.ts";
import { VERBS } from "./words.ts";

export interface Inferred {
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
}

const isObserving = (action: Action): boolean => action === "read" || action === "list";

/**
 * Effects of a tool that no person described, from its name, its annotations and its arguments. All
 * of that is the server's or the caller's word: a name is taken at its weakest only where nothing
 * contradicts it, and annotations can only strengthen.
 */
export function infer(
  request: ActionRequest,
  tool: ResourceEntity,
  context: PathContext,
): Inferred {
  const leaves = leavesOf(request.arguments);
  if (leaves === null) return { effects: [unknownEffect(tool)], paths: [] };
  const reading = contradicted(request) ? UNCLEAR : readName(request.target ?? "");
  const runs = leaves.some(({ kind }) => kind === "sql" || kind === "command");
  if (reading.kind === "unclear" || runs) return unclear(tool, leaves, context);
  return reading.kind === "moves"
    ? moving(reading, request, tool, leaves, context)
    : acting(reading.actions, reading.noun, request, tool, leaves, context);
}

const UNCLEAR: NameReading = { kind: "unclear" };

/**
 * A call whose effects are unknown, and what its arguments reach nevertheless: a hard forbid on a
 * file or host must not turn into a question because nobody knows the tool.
 */
export function unclear(
  tool: ResourceEntity,
  leaves: readonly Leaf[],
  context: PathContext,
  findings: readonly string[] = [],
): Inferred {
  const used = use(leaves, tool, context, () => ({ actions: ["update"], reversible: false }));
  const shell = commands(leaves, tool, context);
  return {
    effects: [
      unknownEffect(tool, findings),
      ...used.effects,
      ...shell.effects,
      ...statements(leaves, tool),
    ],
    paths: [...used.paths, ...shell.paths],
  };
}

/** Texts that go to a shell by the name of their argument; which shell is a guess, so never all of it. */
function commands(leaves: readonly Leaf[], tool: ResourceEntity, context: PathContext): Inferred {
  const texts = leaves.filter(
    ({ kind, key }) => kind === "command" && /(^|_)(command|cmd)$/i.test(key),
  );
  const server = tool.id.split("/")[0] ?? tool.id;
  const found = texts
    .slice(0, COMMANDS_MAX)
    .map(({ text }) => readShell(text, "bash", { context, server, tool }));
  return {
    effects: found.flatMap(({ effects }) => effects.map((each) => inferred(each))),
    paths: found.flatMap(({ paths }) => paths),
  };
}

/** SQL for some database, which is a guess as well: whatever it changes is in no known place. */
function statements(leaves: readonly Leaf[], tool: ResourceEntity): readonly Effect[] {
  const server = tool.id.split("/")[0] ?? tool.id;
  const place = {
    dialect: "postgresql",
    database: "unknown",
    environment: "unknown",
    labels: [],
    tables: new Map(),
  } as const;
  return leaves
    .filter(({ kind }) => kind === "sql")
    .slice(0, COMMANDS_MAX)
    .flatMap(({ text }) => sqlEffects(text, place, server, tool))
    .filter(({ source }) => source !== "unknown")
    .map(inferred);
}

/** Arguments of one call that are read as shell texts. */
const COMMANDS_MAX = 4;

function inferred(found: Effect): Effect {
  return found.source === "unknown" ? found : { ...found, source: "inferred" };
}

function acting(
  actions: readonly Action[],
  noun: string,
  request: ActionRequest,
  tool: ResourceEntity,
  leaves: readonly Leaf[],
  context: PathContext,
): Inferred {
  const onFiles = actions.filter((action) => APPLIES_TO[action].includes("File"));
  const observes = actions.every(isObserving);
  // What only observes takes no content: text that looks like a path is one.
  const named = observes
    ? leaves.map((leaf): Leaf => (leaf.kind === "content" ? { ...leaf, kind: "path" } : leaf))
    : leaves;
  const used = use(named, tool, context, ({ destination }) => ({
    actions: observes && destination ? WRITE : onFiles.length > 0 ? onFiles : ["read"],
    reversible: false,
  }));
  const covered = onFiles.length === actions.length && used.effects.length > 0;
  const own = covered ? [] : actions.map((action) => onNoun(action, noun, request, context));
  return { effects: [...own, ...used.effects], paths: used.paths };
}

/** Moving deletes at the source, which moving back undoes, and writes at the destination. */
function moving(
  reading: Extract<NameReading, { kind: "moves" }>,
  request: ActionRequest,
  tool: ResourceEntity,
  leaves: readonly Leaf[],
  context: PathContext,
): Inferred {
  const paths = leaves.filter(({ kind }) => kind === "path");
  if (paths.length === 0) return acting(WRITE, reading.noun, request, tool, leaves, context);
  // Two paths of which none is called a destination: each may be either.
  const told = paths.some(({ destination }) => destination) && paths.length > 1;
  return use(leaves, tool, context, ({ destination }) => {
    const from: readonly Action[] = reading.keepsSource ? ["read"] : ["delete"];
    if (!told) return { actions: [...from, ...WRITE], reversible: false };
    return destination
      ? { actions: WRITE, reversible: false }
      : { actions: from, reversible: !reading.keepsSource };
  });
}

/** Effects of the arguments that name files and hosts. */
function use(
  leaves: readonly Leaf[],
  tool: ResourceEntity,
  context: PathContext,
  role: (leaf: Leaf) => { readonly actions: readonly Action[]; readonly reversible: boolean },
): Inferred {
  const all = leaves.filter(({ kind }) => kind === "path" || kind === "url");
  const places = all.slice(0, CALL_PATHS_MAX);
  const paths = places.filter(({ kind }) => kind === "path");
  const urls = places.filter(({ kind }) => kind === "url");
  const files = paths.map((leaf) => {
    const { actions, reversible } = role(leaf);
    // Deleting a folder, and listing one, may take in what lies below it.
    const recursive = actions.some((action) => action === "delete" || action === "list");
    return fileEffects(
      { path: leaf.text, actions, recursive, reversible, source: "inferred" },
      context,
    );
  });
  const hosts = urls.flatMap((leaf) => {
    const reads = role(leaf).actions.every(isObserving);
    const found = urlEffects(leaf.text, reads ? "GET" : null, "inferred", context.world);
    return found ?? [unknownEffect(tool)];
  });
  return {
    effects: [
      ...(all.length > places.length ? [unknownEffect(tool)] : []),
      ...files.flatMap(({ effects }) => effects),
      ...hosts,
    ],
    paths: files.flatMap((found) => found.paths),
  };
}

/** The effect on whatever the name says, where no argument names a file. */
function onNoun(
  action: Action,
  noun: string,
  request: ActionRequest,
  { world }: PathContext,
): Effect {
  const server = request.upstream;
  const place = serverPlace(world, server);
  const id = `${server}/${noun}`;
  const types = APPLIES_TO[action];
  const resource = types.includes("Object")
    ? objectEntity(server, id, noun, place)
    : plainEntity(types.includes("Channel") ? "Channel" : "Tool", id, server, place);
  return effect({ action, resource, source: "inferred" });
}

function contradicted({ definition, target }: ActionRequest): boolean {
  return definition === null || contradicts(definition, readName(target ?? ""));
}

/** Whether annotations or description say something stronger than a name that only observes. */
export function contradicts(definition: ToolDefinition, reading: NameReading): boolean {
  if (reading.kind !== "acts") return false;
  if (!reading.actions.every(isObserving)) return false;
  return (
    hint(definition.annotations, "readOnlyHint") === false ||
    hint(definition.annotations, "destructiveHint") === true ||
    describesChange(definition)
  );
}

function hint(annotations: JsonObject, name: string): unknown {
  return member(annotations, name);
}

/** A sentence of the description opens with a verb that does more than observe: `Deletes all …`. */
function describesChange({ description }: ToolDefinition): boolean {
  return description
    .slice(0, DESCRIPTION_UNITS_MAX)
    .split(/[.!?:;\n]+/)
    .some((sentence) => {
      const words = wordsOf(sentence).slice(0, 2);
      return words.some((word, at) => (at === 0 || word.endsWith("s")) && changes(word));
    });
}

function changes(word: string): boolean {
  const stem = [word, word.replace(/s$/, ""), word.replace(/es$/, "")].find((form) =>
    VERBS.has(form),
  );
  const verb = stem === undefined ? undefined : VERBS.get(stem);
  return verb !== undefined && verb.noun !== true && !verb.actions.every(isObserving);
}
