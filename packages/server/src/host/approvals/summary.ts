import type { Action, Amount, Effect, ResourceType } from "@bylaw/core";
import { RISK } from "../describe.ts";

/** What people call the things of a type when they count them. */
const THINGS: Partial<Readonly<Record<ResourceType, readonly [string, string]>>> = {
  Table: ["row", "rows"],
  File: ["file", "files"],
  Host: ["host", "hosts"],
  Channel: ["recipient", "recipients"],
  User: ["person", "people"],
  Object: ["object", "objects"],
  Package: ["package", "packages"],
};
const MICROS = 1_000_000;

interface Total {
  readonly action: Action;
  readonly type: ResourceType;
  /** Null when some amount is not known. */
  readonly things: number | null;
  readonly resources: ReadonlySet<string>;
}

/**
 * What effects come to, one line per action and kind of thing and one for money, what cannot be undone
 * first: `delete 1,200 rows in 2 tables`. An amount that nobody knows is said to be unknown.
 */
export function summaryOf(effects: readonly Effect[]): readonly string[] {
  const totals = new Map<string, Total>();
  for (const { action, resource, quantity } of effects) {
    const key = `${action} ${resource.type}`;
    const total = totals.get(key);
    totals.set(key, {
      action,
      type: resource.type,
      things: sum(total === undefined ? 0 : total.things, quantity),
      resources: new Set([...(total?.resources ?? []), resource.id]),
    });
  }
  const lines = [...totals.values()].sort((a, b) => rank(a.action) - rank(b.action)).map(lineOf);
  const money = moneyOf(effects);
  return money === null ? lines : [money, ...lines];
}

function lineOf({ action, type, things, resources }: Total): string {
  const [one, many] = THINGS[type] ?? ["thing", "things"];
  const amount =
    things === null
      ? `an unknown number of ${many}`
      : `${grouped(things)} ${things === 1 ? one : many}`;
  const [only] = resources;
  const where =
    resources.size === 1 && only !== undefined
      ? `${type} ${JSON.stringify(only)}`
      : `${resources.size} different ${type} resources`;
  return `${action} ${amount}: ${where}`;
}

function moneyOf(effects: readonly Effect[]): string | null {
  const costs = effects.map(({ cost }) => cost);
  if (costs.every(({ known, atMost }) => known && atMost === 0)) return null;
  const micros = costs.reduce<number | null>(sum, 0);
  if (micros !== null) return `costs up to $${(micros / MICROS).toFixed(2)}`;
  // Most actions cost nothing that anybody counts; only what spends says so.
  return effects.some(({ action }) => action === "spend") ? "costs an unknown amount" : null;
}

function sum(total: number | null, { atMost, known }: Amount): number | null {
  return total === null || !known ? null : Math.min(Number.MAX_SAFE_INTEGER, total + atMost);
}

function rank(action: Action): number {
  const at = RISK.indexOf(action);
  return at === -1 ? RISK.length : at;
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
