import type { ActionRequest, Json, JsonObject, Told, Used } from "@bylaw/core";
import type { Catalog, CatalogEntry, UsageSpec } from "./catalog.ts";
import { valuesAt } from "./expression.ts";

const MICROS = 1_000_000;

/**
 * What a call really used, for budgets to settle to. Out: only what the catalog lets this teller say,
 * and what is a whole amount in all its parts; null where that is nothing, so the bound stays charged.
 */
export function usedOf(catalog: Catalog, request: ActionRequest, told: Told): Used | null {
  const usage = entryOf(catalog, request)?.usage ?? null;
  if (usage === null || usage.kind !== told.kind) return null;
  const { usd, tokens } = amountsOf(usage, told);
  if (usd === null && tokens === null) return null;
  return { ...(usd === null ? {} : { usd }), ...(tokens === null ? {} : { tokens }) };
}

/** The entry that described the call: what was reserved came from there. */
function entryOf(catalog: Catalog, request: ActionRequest): CatalogEntry | null {
  const { operation, upstream, target, definition } = request;
  if (operation !== "tools/call" || target === null) return null;
  const entry = catalog.tools.get(`${upstream}/${target}`);
  if (entry === undefined) return null;
  return entry.definition === null || entry.definition === definition?.digest ? entry : null;
}

function amountsOf(
  usage: UsageSpec,
  told: Told,
): Readonly<Record<"usd" | "tokens", number | null>> {
  if (told.kind === "reported") return { usd: micros(told.usd), tokens: whole(told.tokens) };
  const paths = usage.kind === "result" ? usage : { usd: null, tokens: null };
  return {
    usd: paths.usd === null ? null : micros(sumAt(told.result, [paths.usd])),
    tokens: paths.tokens === null ? null : whole(sumAt(told.result, paths.tokens)),
  };
}

/** The sum of what stands at the paths; null when a place is missing or holds no amount. */
function sumAt(result: JsonObject, paths: readonly string[]): number | null {
  let sum = 0;
  for (const path of paths) {
    const values = valuesAt(result, path) ?? [];
    if (values.length === 0 || !values.every(isAmount)) return null;
    sum = values.reduce((total, value) => total + value, sum);
  }
  return sum;
}

function isAmount(value: Json): value is number {
  return typeof value === "number" && value >= 0;
}

function whole(amount: number | null): number | null {
  return amount !== null && Number.isSafeInteger(amount) && amount >= 0 ? amount : null;
}

/** Rounded up, after what a double adds by itself: 0.07 dollars are 70,000 and not one more. */
function micros(usd: number | null): number | null {
  return usd === null ? null : whole(Math.ceil(Number((usd * MICROS).toFixed(3))));
}
