import { isSymbol, type Token } from "./tokens.ts";

/**
 * The most rows of one table that a WHERE clause can match, null if it sets no bound.
 *
 * The clause is cut at the ANDs of its top level. That is what SQLite does only if no operator there
 * binds weaker than AND or has an AND of its own, so OR, BETWEEN and CASE end the attempt.
 *
 * In: the clause's tokens; the table's unique columns; the table's name or alias in the statement.
 */
export function rowsMatched(
  where: readonly Token[],
  unique: ReadonlySet<string>,
  table: string,
): number | null {
  const parts = conjuncts(where);
  if (parts === null) return null;
  const bounds = parts
    .map((part) => boundOf(part, unique, table))
    .filter((bound) => bound !== null);
  return bounds.length === 0 ? null : Math.min(...bounds);
}

function conjuncts(tokens: readonly Token[]): readonly (readonly Token[])[] | null {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "symbol" && token.text === "(") depth += 1;
    if (token.kind === "symbol" && token.text === ")") depth -= 1;
    if (depth === 0 && token.kind === "word") {
      if (token.text === "or" || token.text === "between" || token.text === "case") return null;
      if (token.text === "and") {
        parts.push([]);
        continue;
      }
    }
    parts.at(-1)?.push(token);
  }
  return parts;
}

function boundOf(
  part: readonly Token[],
  unique: ReadonlySet<string>,
  table: string,
): number | null {
  const inner = unwrapped(part);
  if (inner !== null) return rowsMatched(inner, unique, table);
  const column = columnAt(part, unique, table);
  if (column !== null) {
    const rest = part.slice(column);
    if (isSymbol(rest[0], "=") || isSymbol(rest[0], "=="))
      return isConstant(rest.slice(1)) ? 1 : null;
    if (rest[0]?.kind === "word" && rest[0].text === "in") return listLength(rest.slice(1));
    return null;
  }
  const equals = part.findIndex((token) => isSymbol(token, "=") || isSymbol(token, "=="));
  if (equals === -1 || !isConstant(part.slice(0, equals))) return null;
  const right = part.slice(equals + 1);
  return columnAt(right, unique, table) === right.length ? 1 : null;
}

/** The inside of brackets that span the whole part. */
function unwrapped(part: readonly Token[]): readonly Token[] | null {
  if (!isSymbol(part[0], "(")) return null;
  let depth = 0;
  for (const [at, token] of part.entries()) {
    if (isSymbol(token, "(")) depth += 1;
    if (isSymbol(token, ")")) depth -= 1;
    if (depth === 0) return at === part.length - 1 ? part.slice(1, -1) : null;
  }
  return null;
}

/** How many tokens a unique column takes at the start of `part`; null if none stands there. */
function columnAt(
  part: readonly Token[],
  unique: ReadonlySet<string>,
  table: string,
): number | null {
  const isColumn = (token: Token | undefined): boolean =>
    token?.kind === "word" && unique.has(token.text);
  if (part[0]?.kind === "word" && part[0].text === table && isSymbol(part[1], "."))
    return isColumn(part[2]) ? 3 : null;
  return isColumn(part[0]) && !isSymbol(part[1], ".") ? 1 : null;
}

/** Length of `( constant , constant … )` if nothing follows it. */
function listLength(tokens: readonly Token[]): number | null {
  const inner = unwrapped(tokens);
  if (inner === null || inner.length === 0) return null;
  const items: Token[][] = [[]];
  for (const token of inner) {
    if (isSymbol(token, ",")) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items.every(isConstant) ? items.length : null;
}

/** One literal or parameter, perhaps with a sign. */
function isConstant(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (isSymbol(first, "-") || isSymbol(first, "+"))
    return tokens.length === 2 && second?.kind === "number";
  return (
    tokens.length === 1 &&
    (first?.kind === "number" || first?.kind === "string" || first?.kind === "parameter")
  );
}
