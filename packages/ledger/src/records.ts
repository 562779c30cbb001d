import { isObject, type Json, type JsonObject, member } from "@bylaw/core";

/** What can be wrong with a record that the log holds exactly as it was written. */
export const RECORD_PROBLEMS = [
  "record.malformed",
  "record.kind",
  "outcome.without_intent",
  "outcome.after_close",
  "start.unclosed",
] as const;
export type RecordProblem = (typeof RECORD_PROBLEMS)[number];

/** Follows the records of a log in order and checks that they make sense together. */
export interface RecordChecker {
  /** In: the next record with its index. Out: what is wrong with it, or null. */
  check(index: number, record: Json): RecordProblem | null;
  /** Intents that nothing has closed so far, in order. */
  open(): readonly number[];
}

const BODY_DIGEST = /^sha256:[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The members that link a record to others, by kind; the other members are not judged here. */
const LINKS: Readonly<Record<string, (record: JsonObject) => boolean>> = {
  intent: (record) => actionOf(record) !== null && isObject(member(record, "decision")),
  refusal: (record) => isText(record, "id") && isObject(member(record, "decision")),
  reject: (record) => isText(record, "id") && isText(record, "code"),
  hold: (record) => isText(record, "approval") && actionOf(record) !== null,
  approval: (record) => isText(record, "approval") && isText(record, "verdict"),
  outcome: (record) =>
    isText(record, "action") && isText(record, "completion") && isIndex(record, "intent"),
  start: (record) => isText(record, "version") && Number.isSafeInteger(member(record, "unclosed")),
  stop: () => true,
  gap: (record) => isText(record, "since") && isText(record, "code"),
  change: (record) => isText(record, "subject") && isText(record, "id"),
  proof: (record) => isText(record, "by") && isText(record, "statement"),
  alarm: (record) => isText(record, "code") && isText(record, "text"),
};

/** Every kind of record that a log may hold. */
export const RECORD_KINDS: readonly string[] = Object.keys(LINKS);

export function createRecordChecker(): RecordChecker {
  /** Open intents and the actions they belong to. */
  const open = new Map<number, string>();
  /** Intents that a start record closed because their run had ended without an outcome. */
  const abandoned = new Map<number, string>();

  function outcome(record: JsonObject): RecordProblem | null {
    const intent = member(record, "intent") as number;
    const action = member(record, "action");
    if (open.get(intent) === action) {
      open.delete(intent);
      return null;
    }
    if (abandoned.get(intent) !== action) return "outcome.without_intent";
    abandoned.delete(intent);
    // The process that could have seen the answer had ended: nobody can know better.
    return member(record, "completion") === "unknown" ? null : "outcome.after_close";
  }

  function start(record: JsonObject): RecordProblem | null {
    const first = open.keys().next();
    for (const [intent, action] of open) abandoned.set(intent, action);
    open.clear();
    return first.done || member(record, "unclosed") === first.value ? null : "start.unclosed";
  }

  return {
    check(index, record): RecordProblem | null {
      if (!isObject(record) || member(record, "v") !== 1) return "record.malformed";
      const at = member(record, "at");
      const kind = member(record, "kind");
      if (typeof at !== "string" || !TIME.test(at) || typeof kind !== "string")
        return "record.malformed";
      const linked = Object.hasOwn(LINKS, kind) ? LINKS[kind] : undefined;
      if (linked === undefined) return "record.kind";
      if (!linked(record)) return "record.malformed";
      if (kind === "outcome") return outcome(record);
      if (kind === "start") return start(record);
      if (kind === "intent") open.set(index, actionOf(record) as string);
      return null;
    },
    open: () => [...open.keys()],
  };
}

/** Digest of the Facts that a record names, if it is of a kind that does. */
export function bodyOf(record: Json): string | null {
  const action = isObject(record) ? member(record, "action") : undefined;
  const facts = isObject(action) ? member(action, "facts") : undefined;
  return typeof facts === "string" && BODY_DIGEST.test(facts) ? facts : null;
}

/**
 * Entries up to which a record says that bodies were erased; null for any other record. In: its own
 * index, since nobody can have erased what came later.
 */
export function erasedBy(index: number, record: Json): number | null {
  if (!isObject(record) || member(record, "kind") !== "change") return null;
  const until = Number(member(record, "id"));
  const said = member(record, "subject") === "bodies" && Number.isSafeInteger(until);
  return said ? Math.min(until, index) : null;
}

function actionOf(record: JsonObject): string | null {
  const action = member(record, "action");
  const id = isObject(action) ? member(action, "id") : undefined;
  return typeof id === "string" ? id : null;
}

function isText(record: JsonObject, key: string): boolean {
  return typeof member(record, key) === "string";
}

function isIndex(record: JsonObject, key: string): boolean {
  const value = member(record, key);
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
