import { isObject, type Json, type JsonObject } from "@bylaw/core";

/**
 * The most rows of one table that a WHERE clause can match, null if it sets no bound: only equality
 * with constants on a column that the catalog calls unique does.
 *
 * In: the clause of a statement over that single table; its unique columns; its name or alias there.
 */
export function rowsMatched(
  where: Json | undefined,
  unique: ReadonlySet<string>,
  table: string,
): number | null {
  if (!isObject(where) || unique.size === 0) return null;
  const logic = where["BoolExpr"];
  if (isObject(logic)) return combined(logic, unique, table);
  const comparison = where["A_Expr"];
  return isObject(comparison) ? compared(comparison, unique, table) : null;
}

function combined(logic: JsonObject, unique: ReadonlySet<string>, table: string): number | null {
  const parts = Array.isArray(logic["args"]) ? (logic["args"] as readonly Json[]) : [];
  const bounds = parts.map((part) => rowsMatched(part, unique, table));
  const known = bounds.filter((bound) => bound !== null);
  if (logic["boolop"] === "AND_EXPR") return known.length === 0 ? null : Math.min(...known);
  if (logic["boolop"] !== "OR_EXPR" || known.length !== bounds.length) return null;
  return known.reduce((sum, bound) => sum + bound, 0);
}

function compared(
  expression: JsonObject,
  unique: ReadonlySet<string>,
  table: string,
): number | null {
  if (operatorOf(expression) !== "=") return null;
  const left = expression["lexpr"];
  const right = expression["rexpr"];
  if (expression["kind"] === "AEXPR_OP") {
    const keyed =
      (isUnique(left, unique, table) && isConstant(right)) ||
      (isUnique(right, unique, table) && isConstant(left));
    return keyed ? 1 : null;
  }
  if (expression["kind"] !== "AEXPR_IN" || !isUnique(left, unique, table)) return null;
  const items = isObject(right) && isObject(right["List"]) ? right["List"]["items"] : undefined;
  return Array.isArray(items) && items.every((item: Json) => isConstant(item))
    ? items.length
    : null;
}

function operatorOf(expression: JsonObject): string | null {
  const names = expression["name"];
  const only = Array.isArray(names) && names.length === 1 ? (names[0] as Json) : undefined;
  const operator = isObject(only) && isObject(only["String"]) ? only["String"]["sval"] : undefined;
  return typeof operator === "string" ? operator : null;
}

function isUnique(value: Json | undefined, unique: ReadonlySet<string>, table: string): boolean {
  const reference = isObject(value) ? value["ColumnRef"] : undefined;
  const fields = isObject(reference) ? reference["fields"] : undefined;
  if (!Array.isArray(fields)) return false;
  const names = fields.map((field: Json) =>
    isObject(field) && isObject(field["String"]) ? field["String"]["sval"] : undefined,
  );
  const column = names.at(-1);
  const qualified = names.length === 1 || (names.length === 2 && names[0] === table);
  return qualified && typeof column === "string" && unique.has(column);
}

/** A literal or a parameter: one value, whatever it is. */
export function isConstant(value: Json | undefined): boolean {
  return isObject(value) && (isObject(value["A_Const"]) || isObject(value["ParamRef"]));
}
