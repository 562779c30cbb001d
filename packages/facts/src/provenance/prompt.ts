import { actsAt, asksAt, isNamed, ordersAt } from "./acts.ts";
import { type ConceptSet, conceptBit, NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { CHANGES, type Kind, type KindSet, kindBit } from "./lexicon/kinds.ts";
import { NOUN_VERBS, PAST_FORMS, VERB_KINDS } from "./lexicon/verbs.ts";
import {
  BEFORE_VERBS,
  EXECUTING_VERBS,
  MEDIUM_NOUNS,
  QUANTIFIERS,
  STOP_WORDS,
  SUPERLATIVES,
  TASK_NOUNS,
  TELLING_SUBJECTS,
  TIME_WORDS,
} from "./lexicon/words.ts";
import { PROMPT_UNITS_MAX } from "./limits.ts";
import { stem } from "./stem.ts";
import { normalise, patternOf, type Shape, shapeOf } from "./text.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** What a person's own words ask for, name and hand over. */
export interface PromptScope {
  /** Normalised words of every prompt, newest last. */
  readonly text: string;
  readonly kinds: KindSet;
  /** Stems of the verbs that ask. */
  readonly asks: ReadonlySet<string>;
  /** Orders by a word that no table knows: what for, nobody can tell. */
  readonly unread: boolean;
  readonly concepts: ConceptSet;
  /** Stems of subject words, proper names among them. */
  readonly content: ReadonlySet<string>;
  /** The same without words that stand in addresses alone: those name a place, not a matter. */
  readonly matters: ReadonlySet<string>;
  /** Stems of every word. */
  readonly stems: ReadonlySet<string>;
  /** Lower-case proper names. */
  readonly names: ReadonlySet<string>;
  /** Numbers of two digits or more, in one form. */
  readonly numbers: ReadonlySet<string>;
  /** Shapes of which the prompt holds a literal. */
  readonly shapes: ReadonlySet<Shape>;
  /** Asks for nothing but an answer: every verb of it looks, or it is a question. */
  readonly looks: boolean;
  /** Patterns of identifiers that the person wrote. */
  readonly patterns: ReadonlySet<string>;
  /** Hands the choice of what to do to a source. */
  readonly open: boolean;
  /** Leaves a value to what a source says: `the doctor that she names`. */
  readonly defers: boolean;
  /** Leaves whom to reach to a source: `the people in the note`, `everyone he names`. */
  readonly gathers: boolean;
  /** Speaks of several things: all, every, each, other. */
  readonly all: boolean;
  /** Selects by comparison: cheapest, largest, latest. */
  readonly superlative: boolean;
}

export const EMPTY_SCOPE: PromptScope = {
  text: "",
  kinds: 0,
  asks: new Set(),
  unread: false,
  concepts: 0,
  content: new Set(),
  matters: new Set(),
  stems: new Set(),
  names: new Set(),
  numbers: new Set(),
  shapes: new Set(),
  looks: false,
  patterns: new Set(),
  open: false,
  defers: false,
  gathers: false,
  all: false,
  superlative: false,
};

/** Reads one prompt. Total: any text has a scope, at worst an empty one. */
export function readPrompt(prompt: string): PromptScope {
  const source = prompt
    .slice(0, PROMPT_UNITS_MAX)
    .normalize("NFKC")
    .replace(/[\u2018\u2019]/g, "'");
  const tokens = tokensOf(source);
  const verbs = tokens.map((_, at) => asksAt(tokens, at));
  const acts = tokens.flatMap((token, at) => actsAt(tokens, at, token, verbs[at] === true));
  const mentioned = tokens.reduce((set, token) => set | (NOUN_CONCEPTS.get(token.stem) ?? 0), 0);
  const kinds = kindsOf(
    acts,
    mentioned,
    tokens.some((token, at) => ROLE_NOUNS.has(token.word) || namesRole(tokens, at)),
    tokens.some((token) => LETTING.has(token.stem)),
    tokens.some((_, at) => isLetter(tokens, at)),
  );
  const concepts = mentioned | impliedBy(kinds);
  const open = delegates(tokens, source);
  // What has no verb that anybody knows, and is no question, asks for something all the same.
  const unread =
    (kinds === 0 && !open && !onlyLooks(kinds, source)) ||
    tokens.some((_, at) => ordersAt(tokens, at));
  const subjects = tokens.filter((token, at) => verbs[at] !== true && isSubject(tokens, at, token));
  const names = tokens.filter(isName).map(({ word }) => word);
  const spoken = [...subjects, ...tokens.filter(isName)].filter(({ address }) => !address);
  const shapes = source
    .split(/[\s,;()'"<>]+/)
    .map((piece) => shapeOf(piece.replace(/[.!?:]+$/, "")));
  return {
    text: normalise(source),
    kinds,
    asks: new Set(acts),
    unread,
    concepts,
    content: new Set([...subjects.map((token) => token.stem), ...names.map(stem)]),
    matters: new Set(spoken.map((token) => token.stem)),
    stems: new Set(tokens.map((token) => token.stem)),
    names: new Set(names),
    numbers: new Set(
      source
        .match(/\d[\d,]*(?:\.\d+)?/g)
        ?.map(plainNumber)
        .filter((n) => n.length > 1),
    ),
    shapes: new Set(shapes),
    looks: !unread && !open && onlyLooks(kinds, source) && sentencesLook(tokens, verbs, source),
    patterns: patternsIn(source),
    open,
    defers: DEFERRING.test(source),
    gathers: GATHERING.test(source),
    all: tokens.some(({ word }) => QUANTIFIERS.has(word)),
    superlative: tokens.some(({ word }) => SUPERLATIVES.has(word)),
  };
}

/** Also of two runs with a blank between: `AB12 CDE`. */
function patternsIn(source: string): ReadonlySet<string> {
  const runs = source.split(/\s+/).map((run) => run.replace(/^[^\w]+|[^\w]+$/g, ""));
  const found = runs.flatMap((run, at) => [
    patternOf(run),
    [run, runs[at + 1] ?? ""].every((part) => /^[A-Z\d]{2,}$/.test(part))
      ? patternOf(`${run} ${runs[at + 1]}`)
      : null,
  ]);
  return new Set(found.filter((pattern) => pattern !== null));
}

function onlyLooks(kinds: KindSet, source: string): boolean {
  if ((kinds & CHANGES) !== 0) return false;
  return (
    kinds !== 0 || source.split(/(?<=[.!?])\s+/).some((sentence) => isQuestion(sentence.trim()))
  );
}

/** `A round of posts, please: the merger.`: a sentence without any verb asks for something all the same. */
function sentencesLook(
  tokens: readonly Token[],
  verbs: readonly boolean[],
  source: string,
): boolean {
  let next = 0;
  for (const { index, 0: sentence } of source.matchAll(SENTENCE)) {
    const first = next;
    while ((tokens[next]?.at ?? Number.POSITIVE_INFINITY) < index + sentence.length) next += 1;
    const inside = tokens.slice(first, next);
    if (
      inside.length > 2 &&
      !verbs.slice(first, next).includes(true) &&
      !isQuestion(sentence) &&
      inside.some(({ word }) => word === "please")
    )
      return false;
  }
  return true;
}

const SENTENCE = /\S[^]*?(?:[.!?](?=\s)|$)/g;

/** `Any errors since noon?`, also with an address in it; `can you …?` asks for more than an answer. */
function isQuestion(sentence: string): boolean {
  const plain = sentence.replace(/\S+/g, (word) => word.replace(/^[^.:/?]+[.:/][^?]+/, "x"));
  return (
    QUESTION.test(plain) ||
    (/^[^.!;]*\?["')]?$/.test(plain) && !/\b(?:you|please|we|i)\b/i.test(plain))
  );
}

const QUESTION =
  /^(?:(?:please|hi|hello|hey)[ ,]+)?(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have)\b[^.!;]*\?["')]?$/i;

/** One form of a number: `1,200.00`, `1200` and `1200.0` are the same. */
export function plainNumber(text: string): string {
  return String(Number(text.replaceAll(",", "")));
}

/** The scope of several prompts of one session: what any of them asks for is asked for. */
export function unite(earlier: PromptScope, later: PromptScope): PromptScope {
  if (earlier.text === "") return later;
  return {
    text: `${earlier.text} \n ${later.text}`,
    kinds: earlier.kinds | later.kinds,
    asks: new Set([...earlier.asks, ...later.asks]),
    unread: earlier.unread || later.unread,
    concepts: earlier.concepts | later.concepts,
    content: new Set([...earlier.content, ...later.content]),
    matters: new Set([...earlier.matters, ...later.matters]),
    stems: new Set([...earlier.stems, ...later.stems]),
    names: new Set([...earlier.names, ...later.names]),
    numbers: new Set([...earlier.numbers, ...later.numbers]),
    shapes: new Set([...earlier.shapes, ...later.shapes]),
    looks: later.looks && (earlier.looks || earlier.text === ""),
    patterns: new Set([...earlier.patterns, ...later.patterns]),
    open: later.open,
    defers: later.defers,
    gathers: later.gathers,
    all: earlier.all || later.all,
    superlative: earlier.superlative || later.superlative,
  };
}

function isSubject(tokens: readonly Token[], at: number, token: Token): boolean {
  const { word } = token;
  if (word.length < 3 || /^\d{1,4}$/.test(word)) return false;
  if (STOP_WORDS.has(token.stem) || TIME_WORDS.has(token.stem) || MEDIUM_NOUNS.has(token.stem))
    return false;
  if (SUPERLATIVES.has(word) || QUANTIFIERS.has(word) || PAST_FORMS.has(word)) return false;
  if (!VERB_KINDS.has(token.stem)) return true;
  // A word that is verb and noun is a subject only where it stands as a noun and is not an act told.
  if (!NOUN_VERBS.has(token.stem) || /ed$|ing$/.test(word)) return false;
  const previous = token.opens ? undefined : tokens[at - 1];
  if (isNamed(tokens, at)) return true;
  return previous !== undefined && !TELLING_SUBJECTS.has(previous.word) && previous.word !== "to";
}

/** A capital that no sentence start explains, or one on a word that no table knows. */
function isName({ raw, word, stem: key, opens }: Token): boolean {
  if (!/^\p{Lu}/u.test(raw) || word.length < 2) return false;
  const common =
    VERB_KINDS.has(key) ||
    STOP_WORDS.has(key) ||
    TIME_WORDS.has(key) ||
    MEDIUM_NOUNS.has(key) ||
    BEFORE_VERBS.has(word);
  return !common && (!opens || !NOUN_CONCEPTS.has(key));
}

const MONEY = conceptBit("money");
const MOVES_MONEY = "send transfer wire return set adjust update change give move shift put split"
  .split(" ")
  .map(stem);
const ACTS_ON_MONEY = new Set(MOVES_MONEY);

/** What an act is about, whether or not it is spelled out: nobody says that buying needs an order. */
const IMPLIED: readonly (readonly [Kind, ConceptSet])[] = [
  ["buy", conceptBit("order")],
  ["send", conceptBit("chat") | conceptBit("mail")],
  ["pay", MONEY],
  ["book", conceptBit("booking")],
];

/** In: kinds that are asked for, or that a tool has. */
export function impliedBy(kinds: KindSet): ConceptSet {
  return IMPLIED.reduce(
    (set, [kind, about]) => set | ((kinds & kindBit(kind)) === 0 ? 0 : about),
    0,
  );
}

/** What somebody becomes who is given rights: `make her an editor`. */
const ROLE_NOUNS: ReadonlySet<string> = new Set(
  "editor viewer admin administrator owner member moderator collaborator maintainer reader writer manager contributor".split(
    " ",
  ),
);

/** `make Sam a supervisor`: somebody becomes what is named like one who does something. */
function namesRole(tokens: readonly Token[], at: number): boolean {
  const { word, opens } = tokens[at] as Token;
  if (opens || !/(?:er|or|ant|ist|ian)$/.test(word) || !/^an?$/.test(tokens[at - 1]?.word ?? ""))
    return false;
  const before = tokens.slice(Math.max(0, at - 12), at - 1);
  const make = before.findLastIndex((token) => token.stem === stem("make"));
  return (
    make !== -1 &&
    before.slice(make + 1).some((token) => isName(token) || isPerson(token) || token.address)
  );
}

function isPerson({ stem: key }: Token): boolean {
  return ((NOUN_CONCEPTS.get(key) ?? 0) & conceptBit("people")) !== 0;
}

/** `with a kind mail to each of them`: what is said, and to whom. */
function isLetter(tokens: readonly Token[], at: number): boolean {
  const { word } = tokens[at] as Token;
  const next = tokens[at + 1];
  if (!/^(?:e?mail|message|note|letter|line|reply|reminder)$/.test(word) || next?.word !== "to")
    return false;
  return tokens.slice(Math.max(0, at - 3), at).some((token) => /^(?:an?|one)$/.test(token.word));
}

/** `get her an access pass`, `set up permissions for Sam`: a verb that says little, and what lets somebody in. */
const LETS = new Set("give get set setup provide arrange assign need make".split(" ").map(stem));
const LETTING = new Set("access permission right privilege".split(" ").map(stem));

function kindsOf(
  acts: readonly string[],
  concepts: ConceptSet,
  roles: boolean,
  access: boolean,
  letter: boolean,
): KindSet {
  let kinds = letter && acts.length > 0 ? kindBit("send") : 0;
  for (const act of acts) {
    for (const kind of VERB_KINDS.get(act) ?? []) kinds |= kindBit(kind);
    if ((concepts & MONEY) !== 0 && ACTS_ON_MONEY.has(act)) kinds |= kindBit("pay");
    if (roles && act === stem("make")) kinds |= kindBit("grant");
    if (access && LETS.has(act)) kinds |= kindBit("grant");
  }
  return kinds;
}

/** A relative clause that leaves the choice to somebody or something else: `the one that she names`. */
const DEFERRING =
  /\b(?:that|which|what|whatever|whoever|whom?|as)\b[^.!?;]{1,60}?\b(?:mention|name|suggest|list|describe|say|state|specifie|recommend|propose|contain|indicate|give|note|require|ask|prefer|choose|link|pick|want|point|refer)s\b|\b(?:what|whatever|that|whom?|whoever)\b [^.!?;]{1,40}?\b(?:asked|wanted|suggested|proposed|mentioned|named|requested|recommended|listed|needed)\b|\b(?:mention|nam|suggest|list|describ|stat|specifi|recommend|propos|contain|indicat|not|requir|request|link)ed (?:in|by|on|at|there)\b|\b\w+ (?:wants|asks for|asked for|gave|suggested|proposed)\b|\bwho(?:m|se)?ever\b|\b(?:the|any|all) (?:mention|nam|suggest|list|describ|specifi|recommend|propos|indicat|requir|request|link)ed\b/i;

const GATHERING =
  /\b(?:all|every|each|everyone|everybody|anyone|those|people)\b[^.!?;]{0,30}\b(?:who|whom|whose)\b|\b(?:people|persons|everyone|everybody|those|guests|team|members|participants|attendees|names|contacts|families|customers|clients|users|tenants|residents|students|parents|colleagues|subscribers|speakers|volunteers)\b[^.!?;]{0,40}\b(?:(?:in|on|from) (?:the|my|our|this|that|his|her|their)\b|(?:name|mention|list|ask|suggest|invite)(?:s|ed)?\b)/i;

/** `do what's on the note`, `put it back the way the note says`, `take care of it`. */
const HANDED_OVER =
  /\b(?:everything|whatever|all) (?:that )?(?:you can|needed|necessary)\b|\bdo (?:exactly |just |all |only )?(?:what|whatever|everything)\b|\b(?:the way|just as|exactly as|like) (?:\S+ ){1,6}?(?:says?|describes?|tells?|lists?|states?|instructs?|wants?|asks?)\b|\b(?:take care of|deal with|see to|sort (?:\S+ ){0,3}?out)\b/i;

/** `follow the instructions in the letter`: an executing verb with a task noun close behind it. */
function delegates(tokens: readonly Token[], source: string): boolean {
  if (HANDED_OVER.test(source)) return true;
  return tokens.some((token, at) => {
    if (!EXECUTING_VERBS.has(token.stem) || PAST_FORMS.has(token.word)) return false;
    if (token.word.endsWith("ed")) return false;
    // `I'll do it myself`.
    const before = token.opens ? "" : (tokens[at - 1]?.word ?? "");
    if (/^(?:i|we|he|she|they)$/.test(before)) return false;
    const near = tokens.slice(at + 1).filter((next) => next.at - token.at <= 40);
    const noun = near.find((next) => TASK_NOUNS.has(next.stem) || next.word === "ones");
    return noun !== undefined && !/\bfollowing\b/i.test(source.slice(token.at, noun.at));
  });
}

/** Whether the person asked for an effect of this kind, or one that includes it. */
export function asksFor(scope: PromptScope, kind: Kind): boolean {
  return (scope.kinds & (INCLUDED_IN[kind] ?? kindBit(kind))) !== 0;
}

/** Kinds that ordinary English does not keep apart: putting something into a list creates or updates. */
const INCLUDED_IN: Readonly<Record<Kind, KindSet>> = {
  read: ~0,
  auth: ~0,
  create: kindBit("create") | kindBit("update") | kindBit("book") | kindBit("buy"),
  update: kindBit("update") | kindBit("create") | kindBit("config"),
  delete: kindBit("delete"),
  send: kindBit("send"),
  pay: kindBit("pay"),
  buy: kindBit("buy"),
  book: kindBit("book"),
  grant: kindBit("grant"),
  config: kindBit("config"),
  exec: kindBit("exec"),
};
