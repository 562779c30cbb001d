import { fail, isArray, ok, type PolicyMeta, type Result } from "@bylaw/core";
import type { CheckInput } from "../check/check.ts";
import type { Hit, Rule } from "../check/rule.ts";
import { grantExpired } from "../check/rules/grant-expired.ts";
import { grantUnowned } from "../check/rules/grant-unowned.ts";
import { grantWithoutEnd } from "../check/rules/grant-without-end.ts";
import { permitWiderThanUsed } from "../check/rules/permit-wider-than-used.ts";
import type { LogUse } from "../check/use.ts";
import type { LoadError } from "../errors.ts";
import { literalOf } from "../est.ts";
import { type Policy, readPolicySet } from "../load.ts";
import { headSpan } from "../split.ts";

/** What a review is made from besides the policies. */
export interface ReviewInput extends Pick<CheckInput, "sources" | "directory" | "now"> {
  readonly use: LogUse;
  /** When each grant was given, in milliseconds since the epoch, as far as the log says. */
  readonly given: ReadonlyMap<string, number>;
  /** Milliseconds without a use after which a grant counts as unused. */
  readonly unusedMs: number;
}

export interface GrantFinding {
  readonly grant: string;
  readonly file: string;
  readonly kind: "unused" | "wider" | "unowned" | "ended" | "endless";
  readonly message: string;
  /** The whole file with a narrower policy; null where narrowing is not the answer. */
  readonly text: string | null;
}

const KINDS: readonly (readonly [GrantFinding["kind"], Rule])[] = [
  ["wider", permitWiderThanUsed],
  ["unowned", grantUnowned],
  ["ended", grantExpired],
  ["endless", grantWithoutEnd],
];

/** Grants that somebody should look at, in the order of the files; errors where they do not load. */
export async function reviewGrants(
  input: ReviewInput,
): Promise<Result<readonly GrantFinding[], readonly LoadError[]>> {
  const set = await readPolicySet(input);
  if (!set.ok) return fail(set.error);
  const { model } = set.value;
  const grants = set.value.policies.filter(({ meta }) => meta.grant !== null);
  const subject = { ...input, model, policies: grants };
  const found = KINDS.flatMap(([kind, { detect, needs }]) =>
    needs === "directory" && input.directory === null
      ? []
      : detect(subject)
          .filter((hit) => kind !== "wider" || !isExact(hit.policy, input.use))
          .map((hit) => ofHit(kind, hit)),
  );
  const unused = grants.flatMap((policy) => unusedOf(policy, input) ?? []);
  const rank = grants.map(({ meta }) => meta.id);
  return ok([...unused, ...found].sort((a, b) => rank.indexOf(a.grant) - rank.indexOf(b.grant)));
}

function ofHit(kind: GrantFinding["kind"], { policy, message, proposal }: Hit): GrantFinding {
  const text = proposal === undefined ? null : withHead(policy, proposal);
  return { grant: policy.meta.id, file: policy.statement.source.file, kind, message, text };
}

/** One resource is in the places that it is in: what else it could be in says nothing. */
function isExact({ est, meta }: Policy, use: LogUse): boolean {
  if (est.resource["op"] !== "==") return false;
  const { op, entity, entities } = est.action;
  const named = op === "==" ? [entity] : op === "in" && isArray(entities) ? entities : [];
  const actions = named.flatMap((one) => literalOf(one) ?? []).map(({ id }) => id);
  const used = use.permits.get(meta.id)?.actions;
  return actions.length > 0 && actions.every((action) => used?.has(action) === true);
}

/** Since its last use, or since it was given, or, where nobody wrote that down, since the log began. */
function unusedOf({ meta, statement }: Policy, input: ReviewInput): GrantFinding | null {
  const { use, given, now, unusedMs } = input;
  if (hasEnded(meta, now)) return null;
  const last = use.permits.get(meta.id)?.last ?? null;
  const since = last ?? canonical(given.get(meta.id)) ?? use.first;
  if (since === null || Date.parse(since) > now - unusedMs) return null;
  const message =
    last === null
      ? `\`${meta.id}\` was never used since ${since}`
      : `\`${meta.id}\` was last used at ${last}`;
  return { grant: meta.id, file: statement.source.file, kind: "unused", message, text: null };
}

function canonical(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function hasEnded({ grant }: PolicyMeta, now: number): boolean {
  const end = grant?.expires ?? null;
  return end !== null && Date.parse(end) <= now;
}

/** The policy's file with another head in it: annotations and conditions stay as they are. */
function withHead({ statement }: Policy, head: string): string {
  const { text } = statement.source;
  const { start } = headSpan(statement);
  const after = statement.tokens.filter((token) => token.start >= start);
  let depth = 0;
  const close = after.find((token) => {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    return token.text === ")" && depth === 0;
  });
  const rest = text.slice(close?.end ?? statement.end);
  return `${text.slice(0, start)}${head}${rest}`;
}
