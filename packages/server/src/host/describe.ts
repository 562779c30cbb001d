import type { Action, Effect } from "@bylaw/core";

/** What a person should read first: what cannot be taken back, then what leaves, then the rest. */
export const RISK: readonly Action[] = [
  "delete",
  "grant",
  "configure",
  "send",
  "publish",
  "spend",
  "execute",
  "install",
  "update",
  "create",
];

/** One line per effect, the risky ones first: `delete Table "db/customers" (1,200 at most)`. */
export function describeEffects(effects: readonly Effect[]): readonly string[] {
  return [...effects]
    .sort((a, b) => rank(a.action) - rank(b.action))
    .map(({ action, resource, quantity, source }) => {
      const amount = quantity.known
        ? `${quantity.atMost.toLocaleString("en")} at most`
        : "unknown amount";
      const sure = source === "inferred" || source === "unknown" ? `, ${source}` : "";
      return `${action} ${resource.type} ${JSON.stringify(resource.id)} (${amount}${sure})`;
    });
}

function rank(action: Action): number {
  const at = RISK.indexOf(action);
  return at === -1 ? RISK.length : at;
}
