import type { Outcomes } from "./suite.ts";

/** One check that came out differently. */
export interface Difference {
  readonly check: string;
  /** Null where the check was not made. */
  readonly direct: string | null;
  readonly through: string | null;
}

export interface Report {
  readonly name: string;
  readonly direct: Outcomes;
  readonly through: Outcomes;
  readonly differences: readonly Difference[];
}

export function differences(direct: Outcomes, through: Outcomes): readonly Difference[] {
  const checks = [...new Set([...direct.keys(), ...through.keys()])].sort();
  return checks
    .map((check) => ({
      check,
      direct: direct.get(check) ?? null,
      through: through.get(check) ?? null,
    }))
    .filter((one) => one.direct !== one.through);
}

/** Prints the reports. Out: the exit code, 0 only when all was looked at and nothing differs. */
export function tell(reports: readonly Report[], json: boolean): number {
  if (json) {
    const all = reports.map(({ name, direct, through, differences: found }) => ({
      name,
      direct: counts(direct),
      through: counts(through),
      differences: found,
    }));
    console.log(JSON.stringify(all, null, 2));
  }
  let same = 0;
  let different = 0;
  for (const { name, direct, through, differences: found } of reports) {
    same += direct.size - found.filter((one) => one.direct !== null).length;
    different += found.length;
    if (json) continue;
    console.log(`${name}: direct ${line(direct)}; through Bylaw ${line(through)}`);
    for (const one of found)
      console.log(`  ${one.check}: ${one.direct ?? "not made"} -> ${one.through ?? "not made"}`);
    if (found.length === 0) console.log("  no difference");
  }
  if (!json) console.log(`${same} passed, ${different} failed`);
  return different === 0 && same > 0 ? 0 : 1;
}

function counts(outcomes: Outcomes): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const status of outcomes.values()) found[status] = (found[status] ?? 0) + 1;
  return found;
}

function line(outcomes: Outcomes): string {
  // What a client saw is no status.
  if ([...outcomes.values()].some((value) => !/^[A-Z]+$/.test(value)))
    return `${outcomes.size} seen`;
  return Object.entries(counts(outcomes))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, count]) => `${count} ${status.toLowerCase()}`)
    .join(", ");
}
