import { summary } from "../summary.ts";
import { visible } from "../visible.ts";
import type { Entry } from "./entries.ts";

/** One line about an entry, for a terminal. */
export function lineOf({ index, record }: Pick<Entry, "index" | "record">): string {
  return `${String(index).padStart(6)}  ${record.at}  ${visible(summary(record))}\n`;
}

/** The same entry for a machine: one JSON value on one line. */
export function jsonOf({ index, bytes }: Pick<Entry, "index" | "bytes">): string {
  // The record as the log holds it: JSON already, and without a line break.
  return `{"index":${index},"record":${Buffer.from(bytes).toString("utf8")}}\n`;
}
