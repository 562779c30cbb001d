import type { Span } from "./source.ts";
import { excerptOf, positionOf } from "./source.ts";

/** Why a bundle is refused; the codes are stable and documented in docs/policies.md. */
export const LOAD_CODES = {
  "load.limit": "a file, a policy, a closed list or the bundle is larger than its limit",
  "load.failed": "the validator itself failed",
  "bundle.malformed": "the bundle file is not what the format says, or not canonical",
  "bundle.unsigned": "no known key has signed the bundle file",
  "bundle.signature": "the signature of the bundle file does not verify",
  "bundle.shield": "a threat list of the bundle file does not load",
  "bundle.digest": "the policies of the bundle file are not the bundle that it names",
  "schema.id": "an id of a closed list is not usable",
  "policy.syntax": "the text is not Cedar",
  "policy.template": "templates are not supported; write the policy out",
  "policy.character": "control, bidirectional or invisible characters",
  "policy.duplicate_id": "two policies have the same `@id`",
  "policy.invalid": "the policy does not fit the schema",
  "policy.warning": "the validator warns, for example that the policy can never apply",
  "policy.unsafe_integer": "an integer beyond +-(2^53-1) cannot be carried exactly",
  "policy.unknown_attribute":
    "`has` asks for an attribute that nothing declares, so it is never true",
  "policy.impossible_type": "`is` asks for a type that cannot occur there, so it is never true",
  "policy.literal_subject":
    "a literal entity is not in the slice: it has no ancestors, attributes or tags",
  "policy.amount_product": "an unknown amount times anything overflows",
  "policy.has_guard": "a forbid that asks whether an effect attribute is there",
  "annotation.unknown": "no such annotation",
  "annotation.missing": "an annotation that this policy needs is not there",
  "annotation.value": "the annotation does not take this value",
  "annotation.conflict": "the annotation does not belong on this policy",
  "grant.end_mismatch": "`@expires` and the condition on `context.now` are not the same instant",
} as const;

export type LoadCode = keyof typeof LOAD_CODES;

/** Where in the sources something is. */
export interface SourcePlace {
  /** Null for errors of the bundle as a whole. */
  readonly file: string | null;
  /** From 1; columns count UTF-16 code units. */
  readonly line: number | null;
  readonly column: number | null;
  /** One past the last column that is meant, on the same line. */
  readonly endColumn: number | null;
  /** The line with a caret under the place. */
  readonly excerpt: string | null;
}

/** One reason to refuse a bundle, with the place in the source. */
export interface LoadError extends SourcePlace {
  readonly code: LoadCode;
  readonly message: string;
}

export const NO_PLACE: SourcePlace = {
  file: null,
  line: null,
  column: null,
  endColumn: null,
  excerpt: null,
};

export function placeOf(span: Span): SourcePlace {
  const { text, file } = span.source;
  const { line, column } = positionOf(text, span.start);
  const rest = text.slice(span.start, span.end).split("\n", 1)[0] ?? "";
  const endColumn = column + Math.max(1, rest.length);
  return { file, line, column, endColumn, excerpt: excerptOf(span) };
}

export function errorAt(span: Span, code: LoadCode, message: string): LoadError {
  return { code, message, ...placeOf(span) };
}

export function errorOfBundle(code: LoadCode, message: string): LoadError {
  return { code, message, ...NO_PLACE };
}

/** An error as a terminal shows it: place, code, message, and the excerpt below. */
export function renderError(error: LoadError): string {
  const place = error.file === null ? "" : `${error.file}:${error.line}:${error.column}: `;
  const head = `${place}${error.code}: ${error.message}`;
  return error.excerpt === null ? head : `${head}\n${error.excerpt}`;
}
