import type { Entry } from "./entries.ts";

/** A form in which others read records: text before the records, and of each. */
export interface ExportFormat {
  readonly head: string;
  /** In: a record and the action it is about, if any. */
  render(entry: Entry, action: Summary | null): string;
}

/** What every exported record says about where it comes from. */
export interface Source {
  /** Name of the log. */
  readonly origin: string;
  /** Version of Bylaw that exports. */
  readonly version: string;
}

/** Finds the action that an outcome or approval is about, while reading the records in order. */
export interface Actions {
  see(entry: Entry): Summary | null;
}

export type Summary = Extract<Entry["record"], { kind: "intent" }>["action"];

/**
 * Outcomes and approvals name their action by id only. In: nothing; call `see` with every record, in
 * order. Remembers an action until it has ended, so that memory follows what is open, not the log.
 */
export function createActions(): Actions {
  const open = new Map<string, Summary>();
  return {
    see({ record }): Summary | null {
      switch (record.kind) {
        case "intent":
          open.set(record.action.id, record.action);
          return record.action;
        case "hold":
          open.set(record.approval, record.action);
          return record.action;
        case "refusal":
          return record.action;
        case "outcome": {
          const action = open.get(record.action) ?? null;
          open.delete(record.action);
          return action;
        }
        case "approval": {
          const action = open.get(record.approval) ?? null;
          if (record.verdict !== "approved") open.delete(record.approval);
          return action;
        }
        default:
          return null;
      }
    },
  };
}
