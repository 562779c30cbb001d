/** A value as it stands in the middle of a text; empty for none. In: JSON, or a number of a driver. */
export function jsonText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
