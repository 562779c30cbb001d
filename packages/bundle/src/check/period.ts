import type { LogUse } from "./use.ts";

/** `12 records from 2026-01-01 to 2026-02-03`, for messages. */
export function periodOf(use: Pick<LogUse, "records" | "first" | "last">): string {
  const count = `${use.records} ${use.records === 1 ? "record" : "records"}`;
  if (use.first === null || use.last === null) return count;
  const [from, to] = [use.first.slice(0, 10), use.last.slice(0, 10)];
  return from === to ? `${count} of ${from}` : `${count} from ${from} to ${to}`;
}
