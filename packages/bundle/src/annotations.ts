import type { Mode, PolicyMeta } from "@bylaw/core";
import { DECIDE_CODES } from "@bylaw/core";
import type { LoadCode } from "./errors.ts";
import { instantOf } from "./instant.ts";
import { limitOf } from "./limit.ts";
import {
  DEFAULT_TTL_MS,
  MAX_ANNOTATION_CHARS,
  MAX_QUORUM,
  MAX_TTL_MS,
  MAX_USES,
} from "./limits.ts";
import { hiddenInLine } from "./source.ts";

/** Which policies an annotation may stand on; `hold` is a forbid that asks, `grant` a permit that is one. */
type Place = "any" | "permit" | "forbid" | "hold" | "grant";

interface Annotation {
  readonly on: Place;
  /** What it takes, for docs and messages. */
  readonly takes: string;
  readonly means: string;
  readonly accepts: (value: string) => boolean;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const CODE = /^[a-z][a-z0-9_-]{0,63}(\.[a-z0-9_-]{1,64}){0,7}$/;
const ENTITY = /^(User|Group)::"((?:[^"\\]|\\["\\])+)"$/;
const OBLIGATION = /^(redact|notify):([A-Za-z0-9][A-Za-z0-9._@/-]{0,127})$/;

/** Every annotation there is, in the order of docs/policies.md. Another one refuses the bundle. */
export const ANNOTATIONS: Readonly<Record<string, Annotation>> = {
  id: {
    on: "any",
    takes: "letters, digits, `.`, `_`, `-`",
    means: "the policy's name in every decision and record; required, unique in the bundle",
    accepts: (value) => ID.test(value),
  },
  reason: {
    on: "any",
    takes: "one line of text",
    means: "what the refused agent and the asked person read",
    accepts: (value) => value.trim() !== "",
  },
  code: {
    on: "any",
    takes: "lower case, dotted",
    means: "the stable reason code; default `policy.<id>`, or `limit.<id>` with `@limit`",
    accepts: (value) => CODE.test(value) && !Object.hasOwn(DECIDE_CODES, value),
  },
  decision: {
    on: "any",
    takes: "`block` or `require_approval` on a forbid, `allow` or `log` on a permit",
    means: "the grade; default `block` and `allow`",
    accepts: (value) => ["block", "require_approval", "allow", "log"].includes(value),
  },
  mode: {
    on: "forbid",
    takes: "`observe`, `warn` or `enforce`",
    means: "anything but `enforce` (the default) is recorded as `wouldHave` and does not decide",
    accepts: (value) => ["observe", "warn", "enforce"].includes(value),
  },
  approvers: {
    on: "hold",
    takes: '`Group::"x"`, `User::"y"`, `on-behalf-of`, separated by commas',
    means: "who may answer; required; `on-behalf-of` is the person the agent acts for",
    accepts: (value) => approversOf(value) !== null,
  },
  quorum: {
    on: "hold",
    takes: `1 to ${MAX_QUORUM}`,
    means: "how many of them, as distinct people; default 1",
    accepts: (value) => integerIn(value, MAX_QUORUM),
  },
  ttl: {
    on: "hold",
    takes: "a number and `s`, `m`, `h` or `d`, at most `7d`",
    means: "how long an approval may be waited for and used; default `15m`",
    accepts: (value) => durationOf(value) !== null,
  },
  waivable: {
    on: "hold",
    takes: "`exact` or `scoped`",
    means: "whether people may answer one exact action only (the default) or also grant a waiver",
    accepts: (value) => value === "exact" || value === "scoped",
  },
  limit: {
    on: "forbid",
    takes: "such as `10 items per 1h per agent`, see limits.md",
    means: "the forbid begins only where this many are used up; its code is `limit.<id>`",
    accepts: (value) => limitOf(value) !== null,
  },
  obligation: {
    on: "any",
    takes: "`redact:<detector>`, `notify:<channel>`, separated by commas",
    means: "what the gateway must do when the policy determines the outcome",
    accepts: (value) => obligationsOf(value) !== null,
  },
  grant: {
    on: "permit",
    takes: "nothing",
    means: "this permit is a grant: owned, revocable, listed by `bylaw grant`",
    accepts: (value) => value === "",
  },
  owner: {
    on: "grant",
    takes: '`User::"x"` or `Group::"x"`',
    means: "who answers for the grant; required",
    accepts: (value) => entityText(value) !== null,
  },
  expires: {
    on: "grant",
    takes: "`YYYY-MM-DDThh:mm:ssZ`",
    means: 'the end; the policy carries the same as `when { context.now < datetime("..") }`',
    accepts: (value) => instantOf(value) !== null,
  },
  uses: {
    on: "grant",
    takes: `1 to ${MAX_USES}`,
    means: "how many actions may rest on the grant; default unlimited",
    accepts: (value) => integerIn(value, MAX_USES),
  },
};

export interface AnnotationProblem {
  readonly code: LoadCode;
  /** Which annotation to blame; one that is missing has no place of its own. */
  readonly annotation: string;
  readonly message: string;
}

export type AnnotatedMeta = Omit<PolicyMeta, "digest">;

/** What the annotations of a policy say, or everything that is wrong with them. */
export function readAnnotations(
  effect: "permit" | "forbid",
  annotations: Readonly<Record<string, string | null>>,
): AnnotatedMeta | readonly AnnotationProblem[] {
  const values = new Map(Object.entries(annotations).map(([key, value]) => [key, value ?? ""]));
  const problems = [...values].flatMap(([name, value]) => unusable(name, value));
  const grant = values.has("grant");
  const decision = values.get("decision") ?? (effect === "forbid" ? "block" : "allow");
  const place = { effect, hold: decision === "require_approval", grant };
  for (const name of values.keys()) problems.push(...misplaced(name, place));
  problems.push(...missing(values, place));
  if ((effect === "forbid") !== (decision === "block" || decision === "require_approval"))
    problems.push(problem("annotation.conflict", "decision", `a ${effect} cannot \`${decision}\``));

  const approvers = approversOf(values.get("approvers") ?? "") ?? [];
  const quorum = Number(values.get("quorum") ?? 1);
  if (approvers.length > 0 && !approvers.some((text) => text.startsWith("Group::")))
    if (quorum > approvers.length)
      problems.push(
        problem("annotation.conflict", "quorum", "asks for more people than `@approvers` names"),
      );
  if (problems.length > 0) return problems;

  const id = values.get("id") ?? "";
  const expires = values.get("expires");
  const uses = values.get("uses");
  const limit = limitOf(values.get("limit") ?? "");
  return {
    id,
    effect,
    decision: decision as PolicyMeta["decision"],
    mode: (values.get("mode") ?? "enforce") as Mode,
    code: values.get("code") ?? `${limit === null ? "policy" : "limit"}.${id}`,
    reason: values.get("reason") ?? (limit === null ? DEFAULT_REASONS[decision] : LIMITED) ?? "",
    approvers,
    quorum,
    ttlMs: place.hold ? (durationOf(values.get("ttl") ?? "") ?? DEFAULT_TTL_MS) : 0,
    waivable: values.get("waivable") === "scoped" ? "scoped" : "exact",
    obligations: obligationsOf(values.get("obligation") ?? "") ?? [],
    grant: grant
      ? {
          owner: entityText(values.get("owner") ?? "") ?? "",
          expires: expires === undefined ? null : new Date(expires).toISOString(),
          uses: uses === undefined ? null : Number(uses),
        }
      : null,
    limit,
  };
}

const LIMITED = "a bylaw limits this";
const DEFAULT_REASONS: Readonly<Record<string, string>> = {
  block: "a bylaw forbids this",
  require_approval: "a bylaw reserves this for a person's approval",
  allow: "a bylaw permits this",
  log: "a bylaw permits this and has it looked at",
};

function unusable(name: string, value: string): AnnotationProblem[] {
  const known = Object.hasOwn(ANNOTATIONS, name) ? ANNOTATIONS[name] : undefined;
  if (known === undefined)
    return [problem("annotation.unknown", name, `\`@${name}\` is not an annotation`)];
  if (hiddenInLine(value))
    return [problem("policy.character", name, `\`@${name}\` holds a hidden or control character`)];
  if (value.length > MAX_ANNOTATION_CHARS || !known.accepts(value))
    return [problem("annotation.value", name, `\`@${name}\` takes ${known.takes}`)];
  return [];
}

interface Standing {
  readonly effect: "permit" | "forbid";
  readonly hold: boolean;
  readonly grant: boolean;
}

const PLACES: Readonly<Record<Place, string>> = {
  any: "any policy",
  permit: "permits",
  forbid: "forbids",
  hold: 'forbids with `@decision("require_approval")`',
  grant: "permits with `@grant`",
};

function misplaced(name: string, { effect, hold, grant }: Standing): AnnotationProblem[] {
  const on = Object.hasOwn(ANNOTATIONS, name) ? (ANNOTATIONS[name]?.on ?? "any") : "any";
  const fits =
    on === "any" ||
    on === effect ||
    (on === "hold" && effect === "forbid" && hold) ||
    (on === "grant" && effect === "permit" && grant);
  return fits
    ? []
    : [problem("annotation.conflict", name, `\`@${name}\` belongs on ${PLACES[on]} only`)];
}

function missing(values: ReadonlyMap<string, string>, place: Standing): AnnotationProblem[] {
  const needed = [
    "id",
    ...(place.hold && place.effect === "forbid" ? ["approvers"] : []),
    ...(place.grant ? ["owner"] : []),
  ];
  return needed
    .filter((name) => !values.has(name))
    .map((name) => problem("annotation.missing", name, `\`@${name}\` is required here`));
}

function problem(code: LoadCode, annotation: string, message: string): AnnotationProblem {
  return { code, annotation, message };
}

/** Canonical entity text, as `decide` compares it; null when the text is none. */
function entityText(text: string): string | null {
  const match = ENTITY.exec(text);
  if (match === null) return null;
  const id = (match[2] ?? "").replace(/\\(.)/g, "$1");
  return `${match[1]}::${JSON.stringify(id)}`;
}

function approversOf(value: string): readonly string[] | null {
  const texts = listOf(value).map((text) => (text === "on-behalf-of" ? text : entityText(text)));
  const valid = texts.filter((text) => text !== null);
  const distinct = new Set(valid).size === texts.length;
  return valid.length > 0 && distinct && valid.length === texts.length ? valid : null;
}

/** Parts between commas, where a comma inside quotes is part of an id. */
function listOf(value: string): readonly string[] {
  return (value.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []).map((part) => part.trim());
}

function obligationsOf(value: string): PolicyMeta["obligations"] | null {
  const parts = value.split(",").map((part) => OBLIGATION.exec(part.trim()));
  const found = parts.flatMap((match) =>
    match === null
      ? []
      : [
          {
            type: match[1] === "redact" ? ("redact" as const) : ("notify" as const),
            value: match[2] ?? "",
          },
        ],
  );
  return found.length === parts.length ? found : null;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationOf(value: string): number | null {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(value);
  const ms = match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
  return ms > 0 && ms <= MAX_TTL_MS ? ms : null;
}

function integerIn(value: string, most: number): boolean {
  return /^[1-9]\d{0,9}$/.test(value) && Number(value) <= most;
}
