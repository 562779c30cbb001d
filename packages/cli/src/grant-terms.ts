import { randomBytes } from "node:crypto";
import type { EntityRef } from "@bylaw/core";
import { currentUser, wallClock } from "@bylaw/server/client";
import { type Command, Option } from "commander";
import { CommandError, EXIT } from "./exit.ts";
import { durationOption } from "./place.ts";

const ENTITY = /^([A-Z][A-Za-z]*)::(?:"((?:[^"\\]|\\.)*)"|(.+))$/s;

/** How long, how often and on whose word a grant holds: the same options wherever one is given. */
export interface TermOptions {
  readonly uses?: number;
  readonly for?: number;
  readonly until?: string;
  readonly end: boolean;
  readonly owner?: string;
  readonly as: string;
}

export function withTerms(command: Command): Command {
  return command
    .addOption(new Option("--uses <n>", "how many actions may rest on it").argParser(count))
    .addOption(durationOption("--for <time>", "how long it holds, such as 2h or 7d"))
    .option("--until <time>", "when it ends, as an ISO time")
    .option("--no-end", "it has no end; somebody has to review it")
    .option("--owner <who>", "who answers for it: a person, or Group::name (default: who gives it)")
    .option("--as <user>", "who gives it (default: you)", currentUser());
}

/** The terms as the gateway takes them; throws `usage.end` where two ends are given. */
export function termsOf(options: TermOptions): {
  readonly uses: number | null;
  readonly expires: string | null;
  readonly noEnd: boolean;
  readonly owner: EntityRef;
  readonly as: string;
} {
  const { as, owner = as } = options;
  return {
    uses: options.uses ?? null,
    expires: endOf(options),
    noEnd: !options.end,
    owner: owner.includes("::") ? entityOf(owner) : { type: "User", id: owner },
    as,
  };
}

/** `Table::customers` or `Table::"a name"`; throws `usage.entity` for anything else. */
export function entityOf(text: string): EntityRef {
  const [, type, quoted, plain] = ENTITY.exec(text) ?? [];
  const id = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
  if (type !== undefined && id !== undefined && id !== "") return { type, id };
  const message = `\`${text}\` is not of the form Type::id`;
  throw new CommandError(EXIT.usage, "usage.entity", message);
}

/** A number of things, at least `least`. */
export function count(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, "usage.count", `\`${text}\` is not a number from 1 on`);
}

/** An id that no grant had before: the day, and six hex digits. */
export function newGrantId(): string {
  const day = new Date(wallClock()).toISOString().slice(0, 10).replaceAll("-", "");
  return `grant-${day}-${randomBytes(3).toString("hex")}`;
}

function endOf({ for: period, until, end }: TermOptions): string | null {
  const given = [period !== undefined, until !== undefined, !end].filter(Boolean).length;
  if (given > 1)
    throw new CommandError(EXIT.usage, "usage.end", "one of --for, --until and --no-end is enough");
  if (period !== undefined) return seconds(wallClock() + period);
  if (until === undefined) return null;
  const time = Date.parse(until);
  if (!Number.isNaN(time)) return seconds(time);
  const message = `\`${until}\` is not a time such as 2026-02-03T09:00:00Z`;
  throw new CommandError(EXIT.usage, "usage.end", message);
}

/** Grants end on a full second, the later one: an end in the text must not be before the wanted one. */
function seconds(time: number): string {
  const full = Math.ceil(time / 1_000) * 1_000;
  return new Date(full).toISOString().replace(".000Z", "Z");
}
