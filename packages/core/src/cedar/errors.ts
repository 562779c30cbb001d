import { fail, ok, type Result } from "../result.ts";

/** Why a policy set or its schema does not load. */
export type CompileErrorCode =
  | "policy.shape"
  | "policy.unknown_key"
  | "policy.unknown_operator"
  | "policy.literal"
  | "policy.slot"
  | "policy.depth"
  | "policy.nodes"
  | "policy.text_length"
  | "policy.count"
  | "policy.duplicate_id"
  | "schema.shape"
  | "schema.cycle";

export interface CompileError {
  readonly code: CompileErrorCode;
  /** Id of the policy at fault; null where the set or the schema is. */
  readonly policy: string | null;
  /** Path inside the policy's JSON form, for example `conditions.0.body.&&.left`. */
  readonly path: string;
  readonly message: string;
}

/** Why a request cannot be evaluated. */
export type RequestErrorCode =
  | "request.value"
  | "request.number"
  | "request.extension"
  | "request.depth"
  | "request.nodes"
  | "request.set_size"
  | "request.text_length"
  | "request.candidates"
  | "entities.count"
  | "entities.duplicate"
  | "entities.action"
  | "entities.cycle"
  | "entities.ancestors"
  | "entities.reopened";

export interface RequestError {
  readonly code: RequestErrorCode;
  readonly message: string;
}

export type FailureCode = "type" | "overflow" | "attribute" | "entity" | "tag" | "extension";

/**
 * An evaluation error in Cedar's sense. Thrown inside the evaluators only and turned into a value at
 * their edge; it carries no stack because a policy that errors is an answer, not a bug.
 */
export class EvaluationFailure {
  readonly code: FailureCode;
  readonly message: string;
  constructor(code: FailureCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

/** Leaves the compiler; becomes a `CompileError` at its edge. */
export class CompileRefusal {
  readonly code: CompileErrorCode;
  readonly path: string;
  readonly message: string;
  constructor(code: CompileErrorCode, path: string, message: string) {
    this.code = code;
    this.path = path;
    this.message = message;
  }
}

/** Leaves the readers of requests; becomes a `RequestError` at their edge. */
export class RequestRefusal {
  readonly code: RequestErrorCode;
  readonly message: string;
  constructor(code: RequestErrorCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

// What is caught is one of the three above, or a bug, which goes on.

export function failureOf(caught: unknown): EvaluationFailure {
  if (caught instanceof EvaluationFailure) return caught;
  throw caught;
}

/** What `load` gives, or why it refused the policy of this id. */
export function loading<T>(policy: string | null, load: () => T): Result<T, CompileError> {
  try {
    return ok(load());
  } catch (caught) {
    if (!(caught instanceof CompileRefusal)) throw caught;
    return fail({ code: caught.code, policy, path: caught.path, message: caught.message });
  }
}

/** What `read` gives, or why it refused the request. */
export function reading<T>(read: () => T): Result<T, RequestError> {
  try {
    return ok(read());
  } catch (caught) {
    if (!(caught instanceof RequestRefusal)) throw caught;
    return fail({ code: caught.code, message: caught.message });
  }
}
