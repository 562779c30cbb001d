import type { EntityValue, Value } from "../cedar/value.ts";
import type { EntityRef } from "../facts.ts";
import { MAX_SHOWN_CHARS, MAX_SHOWN_ELEMENTS } from "./limits.ts";

/** `Table::"customers"`, as policies write it. */
export function showEntity({ type, id }: EntityRef): string {
  return `${type}::${JSON.stringify(shortened(id))}`;
}

/** A value as a policy would write it, shortened to its limit. */
export function showValue(value: Value): string {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint")
    return value === Number.MAX_SAFE_INTEGER ? "unknown, so the largest amount" : String(value);
  if (typeof value === "string") return JSON.stringify(shortened(value));
  switch (value.kind) {
    case "entity":
      return showEntity(value);
    case "set":
      return `[${listed(value.elements.map(showValue).sort())}]`;
    case "record":
      return `{${listed([...value.fields].map(([name, of]) => `${shortened(name)}: ${showValue(of)}`))}}`;
    case "datetime":
      return showTime(Number(value.ms));
    case "duration":
      return `${value.ms} ms`;
    case "decimal":
      return String(Number(value.units) / 10_000);
    case "ip":
      return `an address of version ${value.version}`;
  }
}

/** The groups, environments and other places that something is in. */
export function showPlaces(places: readonly EntityRef[]): string {
  return places.length === 0 ? "nothing" : listed(places.map(showEntity).sort());
}

export function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_SHOWN_ELEMENTS).join(", ");
  const more = texts.length - MAX_SHOWN_ELEMENTS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Milliseconds since the epoch as canonical time; a time outside its years as a number. */
export function showTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms since 1970` : date.toISOString();
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`;
}

export function isEntity(value: Value): value is EntityValue {
  return typeof value === "object" && value.kind === "entity";
}
