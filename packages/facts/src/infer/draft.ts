import {
  type Action,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  type ToolDefinition,
} from "@bylaw/core";
import { APPLIES_TO } from "../applies.ts";
import { contradicts } from "./infer.ts";
import { type NameReading, readName, wordsOf } from "./name.ts";
import { COMMAND_WORDS, DESTINATION_WORDS, PATH_WORDS, SQL_WORDS, URL_WORDS } from "./words.ts";

/** How far a draft can be relied on before a person has looked at it. */
export type Confidence = "high" | "medium" | "low" | "none";

/** A starting point for one tool's catalog entry. */
export interface Draft {
  readonly name: string;
  readonly confidence: Confidence;
  /** What it could not tell, one line each. */
  readonly open: readonly string[];
  /** The entry's own keys; null where nothing can be said at all. */
  readonly entry: JsonObject | null;
}

/** Arguments of a schema that are looked at. */
const ARGUMENTS_MAX = 1_000;
/** A dotted path of the catalog can say these names. */
const SAYABLE = /^[^.\s{}]{1,64}$/;

interface Argument {
  readonly name: string;
  readonly words: readonly string[];
  readonly required: boolean;
  /** A list of texts. */
  readonly several: boolean;
}

/** In: a tool as its server describes it. Out: what its entry could be; all of it is the server's word. */
export function draftEntry(server: string, tool: ToolDefinition): Draft {
  const { name } = tool;
  const reading = readName(name);
  const nothing = (why: string): Draft => ({ name, confidence: "none", open: [why], entry: null });
  if (reading.kind === "unclear") return nothing("its name does not say what it does");
  if (contradicts(tool, reading))
    return nothing(
      "its name only looks, but its description or its annotations say that it changes something",
    );
  const actions = actionsOf(reading);
  const args = textArguments(tool.inputSchema);
  const open: string[] = [];
  const sql = args.find(({ words }) => SQL_WORDS.has(words.at(-1) ?? "") && observesSql(words));
  if (sql !== undefined)
    return nothing(
      `\`${sql.name}\` may hold SQL: say so with \`sql\`, its dialect and its database`,
    );
  const shell = args.find(({ words }) => words.some((word) => COMMAND_WORDS.has(word)));
  const paths = args.filter(isPath).map((arg) => pathOf(arg, reading, actions));
  const url = args.find(({ words }) => URL_WORDS.has(words.at(-1) ?? ""));
  if (shell !== undefined) open.push(`which shell runs \`${shell.name}\``);
  const observes = actions.every((action) => action === "read" || action === "list");
  if (url !== undefined && !observes) open.push(`by which method \`${url.name}\` is called`);
  const onFiles = actions.every((action) => APPLIES_TO[action].includes("File"));
  const covered = (paths.length > 0 && onFiles) || (url !== undefined && observes);
  const effects = covered ? [] : actions.map((action) => declared(action, reading, server, args));
  if (effects.length > 0) open.push("on which resource, in which environment, with which labels");
  if (actions.includes("delete") && effects.length > 0 && !hasQuantity(effects))
    open.push("how many things one call deletes at most");
  const entry = {
    ...(effects.length === 0 ? {} : { effects }),
    ...(paths.length === 0 ? {} : { paths }),
    ...(url === undefined
      ? {}
      : { url: { argument: url.name, method: observes ? "GET" : "POST" } }),
    ...(shell === undefined ? {} : { shell: { argument: shell.name, dialect: "bash" } }),
  };
  return { name, confidence: confidenceOf(tool, observes, open), open, entry };
}

function actionsOf(reading: Exclude<NameReading, { kind: "unclear" }>): readonly Action[] {
  if (reading.kind === "acts") return reading.actions;
  return reading.keepsSource ? ["read", "create", "update"] : ["delete", "create", "update"];
}

/** `query` of a search is words, `sql` of anything is SQL; a statement may be either. */
function observesSql(words: readonly string[]): boolean {
  return words.some((word) => word === "sql" || word === "statement");
}

function isPath({ words }: Argument): boolean {
  return PATH_WORDS.has(words.at(-1) ?? "") || words.some((word) => word.endsWith("path"));
}

function pathOf(arg: Argument, reading: NameReading, actions: readonly Action[]): JsonObject {
  const destination = arg.words.some((word) => DESTINATION_WORDS.has(word));
  const onFiles = actions.filter((action) => APPLIES_TO[action].includes("File"));
  const used =
    reading.kind === "moves"
      ? destination
        ? ["create", "update"]
        : reading.keepsSource
          ? ["read"]
          : ["delete"]
      : onFiles.filter((action) => FILE_ACTIONS.has(action));
  const action = used.length === 0 ? ["read"] : used;
  return {
    argument: arg.name,
    action: action.length === 1 ? (action[0] as string) : [...action],
    ...(arg.required ? {} : { optional: true }),
  };
}

const FILE_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  "read",
  "list",
  "create",
  "update",
  "delete",
  "execute",
]);

function declared(
  action: Action,
  { noun }: Exclude<NameReading, { kind: "unclear" }>,
  server: string,
  args: readonly Argument[],
): JsonObject {
  const types = APPLIES_TO[action];
  const type = types.includes("Object") ? "Object" : types.includes("Channel") ? "Channel" : "Tool";
  const many = args.find(({ several, words }) => several && /^ids?$/.test(words.at(-1) ?? ""));
  const kind = type === "Object" ? { kind: noun } : {};
  return {
    action,
    resource: { type, ...kind, id: `${server}/${noun}` },
    ...(many === undefined ? {} : { quantity: { count: many.name } }),
  };
}

function hasQuantity(effects: readonly JsonObject[]): boolean {
  return effects.every((effect) => member(effect, "quantity") !== undefined);
}

/** High only where the server itself says the same in its annotations and nothing is left open. */
function confidenceOf(
  { annotations }: ToolDefinition,
  observes: boolean,
  open: readonly string[],
): Confidence {
  const hint = member(annotations, "readOnlyHint");
  if (typeof hint === "boolean" && hint !== observes) return "low";
  if (open.length > 1) return "low";
  return open.length === 0 && hint !== undefined ? "high" : "medium";
}

/** Arguments that hold a text or several, as the schema names them at its first level. */
function textArguments(schema: JsonObject): readonly Argument[] {
  const properties = member(schema, "properties");
  const required = member(schema, "required");
  const needed = new Set(isArray(required) ? required : []);
  if (!isObject(properties)) return [];
  return Object.entries(properties)
    .slice(0, ARGUMENTS_MAX)
    .flatMap(([name, value]): readonly Argument[] => {
      const several = typeOf(value) === "array";
      const items = several && isObject(value) ? member(value, "items") : value;
      if (!SAYABLE.test(name) || typeOf(items) !== "string") return [];
      return [{ name, words: wordsOf(name), required: needed.has(name), several }];
    });
}

function typeOf(value: Json | undefined): Json | undefined {
  return isObject(value) ? member(value, "type") : undefined;
}
