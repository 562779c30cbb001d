import {
  compileShield,
  fail,
  ok,
  type Result,
  type Shield,
  type ShieldSettings,
} from "@bylaw/core";
import { digestOf } from "../digest.ts";
import { readShield, type ShieldReading, type ShieldSource } from "./files.ts";
import { problemAt, type ShieldProblem } from "./raw.ts";

/** Somebody's word that part of an entry is not enforced and that they know it. */
export interface ShieldAck {
  readonly id: string;
  /** Content digest of the entry that it was given for. */
  readonly entry: string;
}

export interface ShieldInput {
  readonly sources: readonly ShieldSource[];
  readonly settings: ShieldSettings;
  readonly acks: readonly ShieldAck[];
}

/**
 * SHIELD files to what `decide` enforces, or every reason why not. All or nothing: an entry that is
 * not readable, or not acknowledged where a part of it is not, refuses all of them.
 */
export function loadShield(input: ShieldInput): Result<Shield, readonly ShieldProblem[]> {
  const reading = readShield(input.sources);
  if (reading.problems.length > 0) return fail(reading.problems);
  const open = unacknowledged(reading, input.acks);
  if (open.length > 0) return fail(open);
  return ok(compileShield(reading.entries, input.settings, digestOf));
}

/** Entries with an unread part that nobody has acknowledged in this wording. */
export function unacknowledged(
  { entries, places }: ShieldReading,
  acks: readonly ShieldAck[],
): readonly ShieldProblem[] {
  const given = new Set(acks.map(({ id, entry }) => `${id} ${entry}`));
  return entries
    .filter(({ id, digest, revoked, unparsed }) => {
      return unparsed.length > 0 && !revoked && !given.has(`${id} ${digest}`);
    })
    .map(({ id, unparsed }) => {
      const place = places.get(id) ?? "";
      const split = place.lastIndexOf(":");
      const text = `not enforced and not acknowledged: ${unparsed.join(" ; ")}`;
      const line = Number(place.slice(split + 1));
      return problemAt(place.slice(0, split), line, "shield.unacknowledged", text, id);
    });
}
