import type { PolicyFile } from "../source.ts";
import type { Statement, Token } from "../split.ts";
import { commentsOf, splitPolicies } from "../split.ts";

/** A finding that somebody looked at and accepted, in a comment above the policy. */
export interface Ignore {
  readonly comment: Token;
  readonly rule: string;
  readonly reason: string;
  /** Where the policy below starts; null when no policy follows. */
  readonly policyAt: number | null;
}

export interface BadIgnore {
  readonly comment: Token;
  readonly because: string;
}

const LOOKS_LIKE_ONE = /^\/\/[\s/]*bylaw[\s_-]*ignore/i;
const IGNORE = /^\/\/ bylaw-ignore\[([a-z-]+)\]: *(\S.*?) *$/;
const FORM = "`// bylaw-ignore[rule-id]: reason`";

/** The ignore comments of a file; what only looks like one is named, so that no typo hides a finding. */
export function ignoresOf(
  source: PolicyFile,
  rules: ReadonlySet<string>,
): { readonly ignores: readonly Ignore[]; readonly bad: readonly BadIgnore[] } {
  const statements = splitPolicies(source);
  const ignores: Ignore[] = [];
  const bad: BadIgnore[] = [];
  for (const comment of commentsOf(source)) {
    if (!LOOKS_LIKE_ONE.test(comment.text)) continue;
    const [, rule, reason] = IGNORE.exec(comment.text) ?? [];
    if (rule === undefined || reason === undefined)
      bad.push({ comment, because: `write ${FORM}, with a reason` });
    else if (!rules.has(rule)) bad.push({ comment, because: `\`${rule}\` is not a rule` });
    else if (!standsAlone(source, comment))
      bad.push({ comment, because: "write it on a line of its own, above the policy" });
    else ignores.push({ comment, rule, reason, policyAt: policyBelow(statements, comment) });
  }
  return { ignores, bad };
}

function standsAlone({ text }: PolicyFile, { start }: Token): boolean {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return text.slice(lineStart, start).trim() === "";
}

/** The policy that the comment stands above; one inside a policy accepts nothing. */
function policyBelow(statements: readonly Statement[], { start }: Token): number | null {
  const inside = statements.some((one) => one.start < start && start < one.end);
  if (inside) return null;
  return statements.find((one) => one.start > start)?.start ?? null;
}
