import { ACTIONS, canonicalTime } from "@bylaw/core";
import { RECORD_KINDS } from "@bylaw/ledger";
import type { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { type Criteria, VERDICTS } from "./filter.ts";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

/** The options that choose records, for every command that reads some of them. */
export function filterOptions(command: Command): Command {
  return command
    .option("--agent <id>", "actions of this agent, also as a delegate")
    .option("--user <id>", "actions on behalf of this person")
    .option("--session <id>", "actions of this session")
    .option("--effect <action>", "actions with this effect: read, delete, send, ...")
    .option("--resource <id>", "effects on `Type::id` or on an id; `*` stands for anything")
    .option("--outcome <verdict>", "block, require_approval, log, allow; or ok, error, unknown")
    .option("--policy <id>", "decided, held or answered by this policy")
    .option("--code <code>", "refused or ended with this reason code")
    .option("--kind <kind>", "records of this kind: intent, refusal, hold, approval, ...")
    .option("--by <person>", "approvals and changes by this person")
    .option(
      "--since <time>",
      "from this time on: 2026-02-03, a full time, or 90s, 15m, 24h, 7d ago",
    )
    .option("--until <time>", "before this time");
}

/** Reads the options; a value that no record can have is a mistake, not an empty answer. */
export function criteriaOf(options: Criteria, now: number): Criteria {
  oneOf("effect", options.effect, ACTIONS);
  oneOf("outcome", options.outcome, VERDICTS);
  oneOf("kind", options.kind, RECORD_KINDS);
  return {
    ...options,
    ...(options.since === undefined ? {} : { since: timeOf(options.since, now) }),
    ...(options.until === undefined ? {} : { until: timeOf(options.until, now) }),
  };
}

function oneOf(option: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw wrong(`--${option} is one of ${allowed.join(", ")}`);
}

function timeOf(text: string, now: number): string {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const given = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time =
    count !== undefined
      ? now - Number(count) * (UNITS_MS[unit] ?? 0)
      : given
        ? Date.parse(text)
        : NaN;
  if (Number.isNaN(time) || time < 0)
    throw wrong(`\`${text}\` is not a time: 2026-02-03, 2026-02-03T09:00:00Z or 15m`);
  return canonicalTime(time);
}

function wrong(message: string): CommandError {
  return new CommandError(EXIT.usage, "usage.filter", message);
}
