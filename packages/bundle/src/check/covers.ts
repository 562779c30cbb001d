import { isArray, isObject } from "@bylaw/core";
import { type Est, pathOf } from "../est.ts";
import type { Model } from "../model.ts";
import {
  argumentOf,
  type Clause,
  clausesOf,
  entitiesOf,
  operands,
  subjectOf,
  textOf,
} from "./clauses.ts";
import { failingIn } from "./failing.ts";
import { type Shape, shapesOf, truth } from "./feasible.ts";

/**
 * Whether `wide` matches every action that `narrow` matches, or fails on. Only what can be proved
 * counts: each clause of `wide` stands in `narrow`, or follows from one of its clauses or from the
 * schema. False means "not proved".
 */
export function covers(wide: Est, narrow: Est, model: Model): boolean {
  const [outer, inner] = [premisesOf(wide, model), premisesOf(narrow, model)];
  if (inner.shapes.length === 0) return false; // it matches nothing, which is another finding
  if ((inner.kinds & ~outer.kinds) !== 0n) return false;
  return outer.open.every((clause) => follows(clause, inner, model));
}

/** What is known of a policy, worked out once: sets have thousands, and each meets each. */
interface Premises {
  /** Its clauses, but for those that `kinds` says all about. */
  readonly open: readonly Clause[];
  /** The clauses that have been true by the time the policy matches or fails. */
  readonly certain: readonly Clause[];
  readonly texts: ReadonlySet<string>;
  readonly shapes: readonly Shape[];
  /** The shapes again, one bit for each action with each type of principal and resource. */
  readonly kinds: bigint;
}

const premises = new WeakMap<Est, { readonly model: Model; readonly of: Premises }>();

function premisesOf(est: Est, model: Model): Premises {
  const earlier = premises.get(est);
  if (earlier?.model === model) return earlier.of;
  const clauses = clausesOf(est);
  const certain = certainOf(est, clauses);
  const shapes = shapesOf(certain, model);
  const of = {
    open: clauses.filter((clause) => !isClosed(clause, model)),
    certain,
    texts: new Set(certain.map(textOf)),
    shapes,
    kinds: kindsOf(shapes, model),
  };
  premises.set(est, { model, of });
  return of;
}

/**
 * For a grant its end is left out: `decide` names an ended grant by asking what it would have
 * permitted.
 */
function certainOf(est: Est, clauses: readonly Clause[]): readonly Clause[] {
  const end = clauses.findIndex((clause) => failingIn(clause).length > 0);
  const before = end === -1 ? clauses : clauses.slice(0, end);
  const grant = Object.hasOwn(est.annotations ?? {}, "grant");
  return grant ? before.filter((clause) => !textOf(clause).includes('"attr":"now"')) : before;
}

/** True for a clause that the types of a request decide, whatever else it says. */
function isClosed(clause: Clause, model: Model): boolean {
  return shapesOf([], model).every((shape) => truth(clause, shape, model) !== null);
}

function kindsOf(shapes: readonly Shape[], model: Model): bigint {
  const actions = [...model.actions.keys()];
  const types = [...model.entities.keys()];
  return shapes.reduce((bits, { principal, action, resource }) => {
    const row = actions.indexOf(action) * types.length + types.indexOf(principal);
    return bits | (1n << BigInt(row * types.length + types.indexOf(resource)));
  }, 0n);
}

function follows(want: Clause, known: Premises, model: Model): boolean {
  if (known.texts.has(textOf(want))) return true;
  if (known.shapes.every((shape) => truth(want, shape, model) === true)) return true;
  const follow = (clause: Clause): boolean => follows(clause, known, model);
  const and = operands(want, "&&");
  if (and !== null) return follow(and.left) && follow(and.right);
  const or = operands(want, "||");
  if (or !== null) return follow(or.left) || (failingIn(or.left).length === 0 && follow(or.right));
  const not = argumentOf(want);
  if (not !== null) return followsNegation(not, known, follow);
  return known.certain.some((clause) => implies(clause, want));
}

function followsNegation(
  not: Clause,
  { certain }: Premises,
  follow: (clause: Clause) => boolean,
): boolean {
  const negation = (clause: Clause): Clause => argumentOf(clause) ?? { "!": { arg: clause } };
  const and = operands(not, "&&");
  if (and !== null)
    return (
      follow(negation(and.left)) ||
      (failingIn(and.left).length === 0 && follow(negation(and.right)))
    );
  const or = operands(not, "||");
  if (or !== null) return follow(negation(or.left)) && follow(negation(or.right));
  return certain.some((clause) => implies(clause, { "!": { arg: not } }));
}

/** One clause from one other, where both ask the same expression for less and for more. */
function implies(have: Clause, want: Clause): boolean {
  return impliesPlace(have, want) || impliesRange(have, want) || impliesMembers(have, want);
}

/** `== E`, `in E` and `in [E, ..]` of one variable. */
function impliesPlace(have: Clause, want: Clause): boolean {
  const wanted = operands(want, "in");
  const given = operands(have, "in") ?? operands(have, "==");
  if (wanted === null || given === null) return false;
  if (subjectOf(wanted.left) === null || textOf(wanted.left) !== textOf(given.left)) return false;
  const places = entitiesOf(wanted.right)?.map(({ type, id }) => `${type}::${id}`);
  const named = entitiesOf(given.right)?.map(({ type, id }) => `${type}::${id}`);
  if (places === undefined || named === undefined || named.length === 0) return false;
  return named.every((entity) => places.includes(entity));
}

/** Integers from `low` to `high` that an expression must lie in. */
export interface Range {
  readonly of: string;
  readonly low: number;
  readonly high: number;
}

/** A comparison with a literal integer as a range; null for any other clause. */
export function rangeOf(clause: Clause): Range | null {
  const not = argumentOf(clause);
  const compared = not ?? clause;
  for (const [operator, flipped, opposite] of COMPARISONS) {
    const sides = operands(compared, operator);
    if (sides === null) continue;
    const [left, right] = [sides.left["Value"], sides.right["Value"]];
    if (typeof right === "number")
      return range(sides.left, not === null ? operator : opposite, right);
    if (typeof left === "number") {
      const turned = COMPARISONS.find(([name]) => name === flipped);
      return range(sides.right, not === null ? flipped : (turned?.[2] ?? operator), left);
    }
  }
  return null;
}

/** Operator, the same with sides exchanged, its negation. */
const COMPARISONS = [
  ["<", ">", ">="],
  ["<=", ">=", ">"],
  [">", "<", "<="],
  [">=", "<=", "<"],
] as const;

function range(of: Clause, operator: string, limit: number): Range {
  const none = Number.POSITIVE_INFINITY;
  const text = textOf(of);
  if (operator === "<") return { of: text, low: -none, high: limit - 1 };
  if (operator === "<=") return { of: text, low: -none, high: limit };
  if (operator === ">") return { of: text, low: limit + 1, high: none };
  return { of: text, low: limit, high: none };
}

function impliesRange(have: Clause, want: Clause): boolean {
  const [inner, outer] = [rangeOf(have), rangeOf(want)];
  if (inner === null || outer === null || inner.of !== outer.of) return false;
  return inner.low >= outer.low && inner.high <= outer.high;
}

/** `[A, B].contains(x)` from fewer members, and `x.containsAny([A, B])` from `x.contains(A)`. */
function impliesMembers(have: Clause, want: Clause): boolean {
  const [given, wanted] = [operands(have, "contains"), operands(want, "contains")];
  if (given !== null && wanted !== null && textOf(given.right) === textOf(wanted.right)) {
    const [fewer, more] = [membersOf(given.left), membersOf(wanted.left)];
    return fewer !== null && more !== null && fewer.every((member) => more.includes(member));
  }
  const [anyHave, anyWant] = [operands(have, "containsAny"), operands(want, "containsAny")];
  if (anyWant === null || pathOf(anyWant.left) === null) return false;
  const more = membersOf(anyWant.right);
  if (given !== null && textOf(given.left) === textOf(anyWant.left))
    return more?.includes(textOf(given.right)) === true;
  if (anyHave === null || textOf(anyHave.left) !== textOf(anyWant.left)) return false;
  const fewer = membersOf(anyHave.right);
  return fewer !== null && fewer.every((member) => more?.includes(member) === true);
}

/** Members of a set literal whose members are literals. */
export function membersOf(expression: Clause): readonly string[] | null {
  const set = expression["Set"];
  if (!isArray(set)) return null;
  return set.every((member) => isObject(member) && member["Value"] !== undefined)
    ? set.flatMap((member) => (isObject(member) ? textOf(member) : []))
    : null;
}
