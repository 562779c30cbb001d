import { isObject, type Json, type JsonObject, type ToolDefinition } from "@bylaw/core";
import { written } from "./abbreviations.ts";
import { type ConceptSet, conceptBit, NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { CHANGES, type Kind, type KindSet, kindBit } from "./lexicon/kinds.ts";
import { NOMINAL_VERBS, NOUN_VERBS, VERB_KINDS } from "./lexicon/verbs.ts";
import { DETERMINERS, PREPOSITIONS } from "./lexicon/words.ts";
import { isPlural, isShown, verbOf } from "./naming.ts";
import { type Opening, openingOf } from "./opening.ts";
import { type Role, roleOfParameter, says } from "./roles.ts";
import { stem } from "./stem.ts";
import { wordsOfName, wordsOfText } from "./text.ts";
import { toolKind } from "./tool-kinds.ts";

/** What a tool's definition says about it: read once per definition. */
export interface ToolProfile {
  readonly kinds: KindSet;
  readonly objects: ConceptSet;
  /** Stem of the verb that names what it does. */
  readonly verb: string | null;
  /** Stems by which a request can ask for it: verbs of its name, and what its description opens with. */
  readonly acts: ReadonlySet<string>;
  /** Neither its name nor its description has a verb that anybody knows: then `verb` is its first word. */
  readonly unknown: boolean;
  /** Groups and stems of the nouns of its description's first sentence. */
  readonly described: { readonly objects: ConceptSet; readonly nouns: ReadonlySet<string> };
  /** Stems of the nouns of its name. */
  readonly nouns: ReadonlySet<string>;
  /** Stems of the words of its name that can stand for it in prose. */
  readonly words: ReadonlySet<string>;
  readonly roles: ReadonlyMap<string, Role>;
  /** Parameters that say what to do. */
  readonly acting: ReadonlySet<string>;
  /** Parameters that name a network destination. */
  readonly urls: ReadonlySet<string>;
  /** Described as a thing. */
  readonly thing: boolean;
  /** Parameters by which a tool that is described as a thing changes that thing. */
  readonly settable: ReadonlySet<string>;
  /** Creates or copies only inside the person's own space. */
  readonly local: boolean;
}

/** `Limits of a card` with a limit to set: switches, amounts and new values, not what selects or pages. */
function isSettable([name, schema]: readonly [string, JsonObject]): boolean {
  const parts = wordsOfName(name);
  if (parts.some((part) => SELECTING.has(part))) return false;
  const last = parts.at(-1) ?? "";
  return (
    schema["type"] === "boolean" ||
    /^(?:value|action|state|new|enabled|text)$/.test(last) ||
    roleOfParameter(name, schema) === "amount"
  );
}

/** What is called by a service: the URL is where to. */
const HOOKS = /\b(?:web)?hooks?\b|\bcallbacks?\b/i;

const SELECTING = new Set(
  "only include with all verbose recursive page size count n max min offset top number last".split(
    " ",
  ),
);

const LOCAL_OBJECTS = ["file", "note"].map(conceptBit).reduce((a, b) => a | b);
const MONEY = conceptBit("money");
const ORDER = conceptBit("order");
/** Kinds of nouns that make a change a change of who may do what. */
const MEMBERSHIP = new Set(
  "member participant collaborator permission role access privilege ownership visibility"
    .split(" ")
    .map(stem),
);
/** Kinds of nouns by which a service lets in, or tells, whoever holds them. */
const CREDENTIALS = new Set("key token credential webhook".split(" ").map(stem));

const CARRIES_OUT = new Set("export dump sync mirror replicate stream backup".split(" ").map(stem));

/** Verbs that let somebody have something, where they do not just say that an answer comes. */
const HANDS = new Set("give hand entrust entitle".split(" ").map(stem));

/** `give_access(user)`, or in a description: `gives a colleague the keys`, but not `gives the price of a car`. */
function handsOver(
  named: boolean,
  described: readonly string[],
  roles: ReadonlyMap<string, Role>,
): boolean {
  const [, receiver = ""] = described;
  if (isSomebody(receiver)) return true;
  if (![...roles.values()].includes("dest")) return false;
  if (named) return true;
  const [, ...rest] = described;
  const end = rest.findIndex((word) => PREPOSITIONS.has(word));
  const objects = end === -1 ? rest : rest.slice(0, end);
  // Two things before any preposition: the first of them is who gets the second.
  return objects.filter((word) => DETERMINERS.has(word)).length > 1;
}

function isSomebody(word: string): boolean {
  return /^(?:some|any)(?:body|one)$/.test(word);
}

/** `camera_mode(camera, mode)`: of a thing, what a parameter is called as well. */
function setsWhatItNames(
  named: readonly string[],
  parameters: readonly (readonly [string, JsonObject])[],
): boolean {
  const [first = ""] = named;
  const last = named.at(-1) ?? "";
  const given = parameters.map(([key]) => key.toLowerCase());
  return (
    named.length > 1 && given.length > 1 && NOUN_CONCEPTS.has(stem(first)) && given.includes(last)
  );
}

const SET = stem("set");
const TRANSFER = stem("transfer");
const DRAFTS = new Set("cart basket draft wishlist".split(" ").map(stem));

/** What an act is done to, and to what it is added: `Add an account to an access group`. */
function objectsOf([, ...rest]: readonly string[]): readonly string[] {
  const end = rest.findIndex((word) => PREPOSITIONS.has(word) && word !== "to" && word !== "into");
  return end === -1 ? rest : rest.slice(0, end);
}

/** `Opens a document to an outside mailbox`: what is done reaches somebody or something else. */
function isDative(described: readonly string[]): boolean {
  const to = described.indexOf("to");
  return to > 1 && DETERMINERS.has(described[to + 1] ?? "");
}

/** In: the name, and the definition if one is known. Total: a name that says nothing has no kind. */
export function profileOf(name: string, definition: ToolDefinition | null): ToolProfile {
  const sentence = firstSentence(definition?.description ?? "");
  const worded = name.replace(METHOD, inWords);
  const named = wordsOfName(worded).map(written);
  const parameters = parametersOf(definition?.inputSchema ?? {});
  const roles = new Map(parameters.map(([key, schema]) => [key, roleOfParameter(key, schema)]));
  const described = wordsOfText(sentence).map((word) => word.toLowerCase());
  const listed = /^[A-Za-z]+, /.test(sentence) && !isAct(described);
  const opening =
    (isThing(named, parameters, roles) && sentence === "") || listed ? THING : openingOf(described);
  const { verb: found, byName } = verbOf(
    ownWords(worded, named),
    opening,
    parameters.some(([key]) => says(key)),
  );
  const verbStem = found ?? (setsWhatItNames(named, parameters) ? SET : null);
  const hands = verbStem !== null && HANDS.has(verbStem) && handsOver(byName, described, roles);
  const source = byName ? named : described;
  const handled = new Set(objectsOf(described).map(stem));
  const nouns = new Set(source.map(stem).filter((word) => word !== verbStem && word.length > 2));
  const objects = [...nouns].reduce((set, word) => set | (NOUN_CONCEPTS.get(word) ?? 0), 0);
  const kinds = hands
    ? kindBit("grant")
    : kindsOf(verbStem, objects, nouns, handled, roles, isDative(described));
  const unknown = verbStem === null;
  const urls = new Set([...roles].filter(([, role]) => role === "url").map(([key]) => key));
  const reaches = [...roles.values()].some((role) => role === "dest");
  return {
    kinds,
    objects,
    verb: verbStem ?? (opening.kind === "act" ? opening.verb : stem(named[0] ?? "")),
    acts: actsOf(named, opening, verbStem, byName),
    unknown,
    described: nounsOf(described),
    nouns,
    words: new Set(named.map(stem).filter((word) => word.length > 2)),
    roles: withReceiver(kinds, roles),
    acting: new Set([...roles.keys()].filter((key) => ACTION.test(key))),
    urls,
    thing: opening.kind === "thing" && !byName,
    settable: new Set(
      opening.kind === "thing"
        ? parameters
            .filter((one) => isSettable(one) || (HOOKS.test(sentence) && urls.has(one[0])))
            .map(([key]) => key)
        : [],
    ),
    local: isLocal(kinds, objects, roles) && !reaches,
  };
}

const ACTION = /^(?:action|operation|op|method|verb|sub_?command)$/i;

const THING: Opening = { kind: "thing" };

/** `POST_orders`, `PATCH /users`: the method of a request, which says less than a verb. */
const METHOD = /^(?:POST|PUT|PATCH)(?=[^A-Za-z])/;

function inWords(method: string): string {
  return method === "POST" ? "create" : "update";
}

/** `Creates, updates or deletes`, not `Rooms, desks and lockers`. */
function isAct([first = "", second = ""]: readonly string[]): boolean {
  return [first, second].every((word) => VERB_KINDS.has(stem(word)) && !NOUN_VERBS.has(stem(word)));
}

/** `member(name)`, `ticket(id)`: a thing, and what says which; programs and devices do what they are told. */
function isThing(
  named: readonly string[],
  parameters: readonly (readonly [string, JsonObject])[],
  roles: ReadonlyMap<string, Role>,
): boolean {
  const concepts = named.map((word) => NOUN_CONCEPTS.get(stem(word)) ?? 0);
  const acts = named.some(
    (word) => !isPlural(word) && (VERB_KINDS.has(stem(word)) || NOMINAL_VERBS.has(stem(word))),
  );
  if ((named.length > 0 && named.every(isPlural)) || isShown(named))
    return ![...roles].some(([key, role]) => HANDS_OVER.has(role) || says(key));
  if (acts || concepts.some((concept) => concept === 0 || (concept & ACTIVE) === concept))
    return false;
  const [first, ...others] = parameters;
  if (first === undefined || others.length > 0) return false;
  const [name] = first;
  const selects = wordsOfName(name).some((word) => SELECTORS.has(word) || named.includes(word));
  return selects || roles.get(name) === "id";
}

/** Roles of what is not only looked for. */
const HANDS_OVER = new Set<Role>(["dest", "secret", "path", "url"]);
const ACTIVE = conceptBit("code") | conceptBit("device");
const SELECTORS = new Set("id name query q search words filter".split(" "));

/** Of `files.share_link` what stands behind the group that the tool belongs to, where that says what it does. */
function ownWords(name: string, named: readonly string[]): readonly string[] {
  const own = wordsOfName(name.split(/[.:/]|__/).at(-1) ?? "").map(written);
  return own.some((word) => VERB_KINDS.has(stem(word))) ? own : named;
}

/** What hands something over has somebody to receive it: where no parameter is called so, any may be. */
function withReceiver(kinds: KindSet, roles: ReadonlyMap<string, Role>): ReadonlyMap<string, Role> {
  const hands = (kinds & (kindBit("send") | kindBit("pay") | kindBit("grant"))) !== 0;
  const known = [...roles.values()].some((role) => role === "dest" || role === "url");
  if (!hands || known) return roles;
  return new Map([...roles].map(([key, role]) => [key, role === "entity" ? "dest" : role]));
}

/** Where no verb of the name is known, any of its words that is no known noun may be one. */
function actsOf(
  named: readonly string[],
  opening: Opening,
  verb: string | null,
  byName: boolean,
): ReadonlySet<string> {
  // `file` in delete_file is what something is done to.
  const own = named
    .map(stem)
    .filter((word) =>
      byName
        ? word === verb || (VERB_KINDS.has(word) && !NOUN_VERBS.has(word))
        : VERB_KINDS.has(word) || !NOUN_CONCEPTS.has(word),
    );
  return new Set([...own, ...(opening.kind === "act" ? [opening.verb] : [])]);
}

function nounsOf(words: readonly string[]): ToolProfile["described"] {
  const nouns = new Set(
    words
      .slice(1)
      .map(stem)
      .filter((word) => NOUN_CONCEPTS.has(word)),
  );
  const objects = [...nouns].reduce((set, word) => set | (NOUN_CONCEPTS.get(word) ?? 0), 0);
  return { objects, nouns };
}

function firstSentence(description: string): string {
  return description.slice(0, 1_024).split(/(?<=[.!?])\s|\n/)[0] ?? "";
}

function kindsOf(
  verb: string | null,
  objects: ConceptSet,
  nouns: ReadonlySet<string>,
  handled: ReadonlySet<string>,
  roles: ReadonlyMap<string, Role>,
  dative: boolean,
): KindSet {
  const named = verb === null ? undefined : VERB_KINDS.get(verb);
  const said = named === undefined ? undefined : toolKind(verb as string, named);
  // `open_ticket(title, text)`, `Opens a file to a guest`: of what a verb can mean, looking does not.
  const acts = said === "read" && (dative || [...roles.keys()].some(says));
  const gives = dative && named?.includes("grant") === true ? "grant" : undefined;
  const first = acts ? (gives ?? named?.find((kind) => kind !== "read") ?? said) : said;
  // Nobody knows what it does: everything that runs something is the safest guess.
  if (first === undefined) return kindBit("exec");
  const is = (...kinds: readonly Kind[]): boolean => kinds.includes(first);
  const all = [...roles.values()];
  if (is("auth")) {
    // What takes an amount or a recipient completes nothing: it acts.
    const acts = all.some((role) => role === "amount" || role === "dest" || role === "content");
    return acts && !all.includes("secret") ? kindBit("update") | kindBit("pay") : kindBit("auth");
  }
  // What is taken back without an amount is no money: an offer, an application.
  const takesBack = is("pay") && (named?.includes("delete") ?? false);
  if (takesBack && (objects & MONEY) === 0 && !all.includes("amount")) return kindBit("delete");
  // A thing that goes to somebody else is handed over.
  const handsOn = verb === TRANSFER && objects !== 0 && (objects & MONEY) === 0;
  if (is("pay") && handsOn && !all.includes("amount"))
    return kindBit(all.includes("dest") ? "grant" : "update");
  if (is("pay")) return kindBit("pay");
  // What is carried out to somebody is sent, whatever the verb.
  if (CARRIES_OUT.has(verb as string) && all.includes("dest")) return kindBit("send");
  // Ordering a test or a transport buys nothing.
  if (is("buy") && objects !== 0 && (objects & (ORDER | MONEY)) === 0) return kindBit("create");
  const pays = (objects & MONEY) !== 0 && all.includes("amount");
  if (is("send", "create", "update", "book") && pays && all.includes("dest")) return kindBit("pay");
  if (is("create") && isOrder(nouns)) return kindBit("buy");
  // Taking something out of a cart or a draft loses nothing.
  if (is("delete") && [...nouns].some((noun) => DRAFTS.has(noun))) return kindBit("update");
  const about = [...nouns, ...handled];
  const opens = about.some((noun) => CREDENTIALS.has(noun));
  // A key that somebody gets lets him in; a webhook lets nobody in.
  const lets = opens && !about.includes("webhook");
  if (is("create") && lets && all.includes("dest")) return kindBit("grant");
  if (is("update", "create") && (opens || all.includes("secret"))) return kindBit("config");
  const joins = (is("create") ? about : [...nouns]).some((noun) => MEMBERSHIP.has(noun));
  if (is("create", "update") && joins && !isEvent(objects)) return kindBit("grant");
  return kindBit(first);
}

const isEvent = (objects: ConceptSet): boolean => (objects & conceptBit("event")) !== 0;

function isOrder(nouns: ReadonlySet<string>): boolean {
  return ["order", "purchase", "checkout"].some((noun) => nouns.has(stem(noun)));
}

function isLocal(kinds: KindSet, objects: ConceptSet, roles: ReadonlyMap<string, Role>): boolean {
  const creates = kindBit("create") | kindBit("read") | kindBit("update");
  if ((kinds & ~creates) !== 0 || (kinds & CHANGES) === 0) return false;
  const paths = [...roles.values()].includes("path");
  return paths || ((objects & LOCAL_OBJECTS) !== 0 && (objects & ~LOCAL_OBJECTS) === 0);
}

/** The parameters and their schemas, in the order of the definition. */
function parametersOf(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  const properties = Object.hasOwn(schema, "properties") ? (schema["properties"] as Json) : null;
  if (!isObject(properties ?? null)) return [];
  return Object.entries(properties as JsonObject).map(([key, value]) => [
    key,
    isObject(value) ? value : {},
  ]);
}
