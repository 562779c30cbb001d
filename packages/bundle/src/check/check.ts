import type { Bundle, EntityRef } from "@bylaw/core";
import { digestOf } from "../digest.ts";
import { LOAD_CODES, type LoadError, NO_PLACE, placeOf, type SourcePlace } from "../errors.ts";
import { type BundleInput, compileSet, type Policy, readPolicySet } from "../load.ts";
import type { PolicyFile, Span } from "../source.ts";
import { annotationSpan, headSpan, wordSpan } from "../split.ts";
import { type Ignore, ignoresOf } from "./ignore.ts";
import type { Hit, Rule, Severity, Subject } from "./rule.ts";
import { RULES } from "./rules/index.ts";
import type { LogUse } from "./use.ts";

export interface CheckInput extends Pick<BundleInput, "sources" | "closed" | "shield"> {
  /** Milliseconds since the epoch, against which grants have ended or not. */
  readonly now: number;
  /** People and groups that exist; null where that is not known. */
  readonly directory: readonly EntityRef[] | null;
  readonly use: LogUse | null;
}

export interface CheckFinding extends SourcePlace {
  /** Id of the rule, or the code of the loader. */
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help: string;
  readonly policy: string | null;
  /** The other policy of the story. */
  readonly related: (SourcePlace & { readonly policy: string }) | null;
  /** Policy text to put in its place. */
  readonly proposal: string | null;
  /** Why somebody accepted it; null for a finding that counts. */
  readonly accepted: string | null;
  /** Stays the same while lines move: rule, policy, and what the policy says. */
  readonly fingerprint: string;
}

export interface CheckReport {
  /** Null when the policies do not load; then no lint ran. */
  readonly bundle: Bundle | null;
  /** In the order of the files, and of lines in them. */
  readonly findings: readonly CheckFinding[];
}

/** What a check can report, for its documentation and for machines. */
export interface CheckRule {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly help: string;
}

const REFUSED = "the set does not load until this is corrected";
const IGNORE_INVALID: CheckRule = {
  id: "ignore-invalid",
  severity: "error",
  title: "a comment looks as if it accepted a finding, and does not",
  help: "correct the comment: `// bylaw-ignore[rule-id]: reason`",
};
const IGNORE_UNUSED: CheckRule = {
  id: "ignore-unused",
  severity: "warning",
  title: "a comment accepts a finding that is not there",
  help: "remove the comment",
};

/** Lints first, in the order of docs/check.md, then the codes of the loader. */
export const CHECK_RULES: readonly CheckRule[] = [
  ...RULES.map(({ id, severity, title, help }) => ({ id, severity, title, help })),
  IGNORE_INVALID,
  IGNORE_UNUSED,
  ...Object.entries(LOAD_CODES).map(([id, title]) => ({
    id,
    severity: "error" as const,
    title,
    help: REFUSED,
  })),
];

/**
 * Everything that can be said about a set of policies without deciding anything: why it does not
 * load, or what the rules find in it. Findings that a comment accepts are in the report, marked.
 */
export async function check(input: CheckInput): Promise<CheckReport> {
  const read = await readPolicySet(input);
  if (!read.ok) return { bundle: null, findings: read.error.map(ofLoad) };
  const compiled = await compileSet(read.value, "compiled", input.shield ?? null);
  if (!compiled.ok) return { bundle: null, findings: compiled.error.map(ofLoad) };
  const { model, policies } = read.value;
  const { now, directory, use } = input;
  const found = lint({ model, policies, now, directory, use });
  const findings = [...accepted(input.sources, found)];
  return { bundle: compiled.value, findings: inOrder(findings, input.sources) };
}

interface Found {
  readonly rule: Rule;
  readonly hit: Hit;
}

function lint(subject: Subject): {
  readonly ran: readonly Rule[];
  readonly found: readonly Found[];
} {
  const ran = RULES.filter(
    ({ needs }) =>
      needs === "policies" || (needs === "log" ? subject.use : subject.directory) !== null,
  );
  const found = ran.flatMap((rule) => rule.detect(subject).map((hit) => ({ rule, hit })));
  return { ran, found };
}

/** The findings, each accepted by the ignore that stands above its policy, and what is wrong with ignores. */
function accepted(
  sources: readonly PolicyFile[],
  { ran, found }: ReturnType<typeof lint>,
): readonly CheckFinding[] {
  const ids = new Set(RULES.map(({ id }) => id));
  const files = sources.map((source) => ignoresOf(source, ids));
  const used = new Set<Ignore>();
  const findings = found.map(({ rule, hit }) => {
    const { statement } = hit.policy;
    const ignore = files
      .flatMap(({ ignores }) => ignores)
      .find(
        (one) =>
          one.rule === rule.id &&
          one.policyAt === statement.start &&
          one.comment.source === statement.source,
      );
    if (ignore !== undefined) used.add(ignore);
    return ofHit(rule, hit, ignore?.reason ?? null);
  });
  const unused = files
    .flatMap(({ ignores }) => ignores)
    .filter((one) => !used.has(one) && ran.some(({ id }) => id === one.rule))
    .map(({ comment, rule }) =>
      ofComment(IGNORE_UNUSED, comment, `\`${rule}\` finds nothing here`),
    );
  const bad = files
    .flatMap((file) => file.bad)
    .map(({ comment, because }) => ofComment(IGNORE_INVALID, comment, because));
  return [...findings, ...bad, ...unused];
}

function ofHit(rule: Rule, hit: Hit, reason: string | null): CheckFinding {
  const { policy, related, message } = hit;
  return {
    rule: rule.id,
    severity: rule.severity,
    message,
    help: rule.help,
    policy: policy.meta.id,
    ...placeOf(spanOf(hit)),
    related:
      related === undefined
        ? null
        : { policy: related.meta.id, ...placeOf(headSpan(related.statement)) },
    proposal: hit.proposal ?? null,
    accepted: reason,
    fingerprint: fingerprintOf(rule.id, policy),
  };
}

function spanOf({ policy, words, annotation }: Hit): Span {
  const { statement } = policy;
  if (annotation !== undefined) return annotationSpan(statement, annotation);
  return (words === undefined ? null : wordSpan(statement, words)) ?? headSpan(statement);
}

function fingerprintOf(rule: string, { meta }: Policy): string {
  return digestOf({ rule, policy: meta.id, digest: meta.digest });
}

function ofLoad(error: LoadError): CheckFinding {
  const { code, message, ...place } = error;
  return {
    ...plain({ id: code, severity: "error", title: "", help: REFUSED }, message, place),
    fingerprint: digestOf({ rule: code, file: place.file, message, excerpt: lineOf(place) }),
  };
}

function ofComment(
  rule: CheckRule,
  comment: Span & { text: string },
  message: string,
): CheckFinding {
  const place = placeOf(comment);
  return {
    ...plain(rule, message, place),
    fingerprint: digestOf({ rule: rule.id, file: place.file, comment: comment.text }),
  };
}

function plain(
  { id, severity, help }: CheckRule,
  message: string,
  place: SourcePlace,
): Omit<CheckFinding, "fingerprint"> {
  const about = { policy: null, related: null, proposal: null, accepted: null };
  return { rule: id, severity, message, help, ...about, ...NO_PLACE, ...place };
}

/** The line itself, without the number that changes when lines above it do. */
function lineOf({ excerpt }: SourcePlace): string {
  return excerpt?.split("\n", 1)[0]?.replace(/^\d+ \| /, "") ?? "";
}

function inOrder(
  findings: readonly CheckFinding[],
  sources: readonly PolicyFile[],
): readonly CheckFinding[] {
  const files = sources.map(({ file }) => file);
  const at = ({ file, line, column }: CheckFinding): readonly number[] => [
    files.indexOf(file ?? ""),
    line ?? 0,
    column ?? 0,
  ];
  return [...findings].sort((a, b) => {
    const [x, y] = [at(a), at(b)];
    const differs = x.findIndex((part, index) => part !== y[index]);
    return differs === -1 ? 0 : (x[differs] ?? 0) - (y[differs] ?? 0);
  });
}
