import { SQL_CHAIN_MAX } from "../limits.ts";

/** Words that stand for values, of which a long INSERT has many. */
const VALUES: ReadonlySet<string> = new Set(["null", "true", "false", "default"]);

/**
 * Whether operators, keywords and names are so many that a chain of them (`1+1+1…`, `a join b join …`)
 * could nest the parse tree deeper than the parser's stack. Overflowing it once loses memory inside
 * the parser, and some hundred times stops it for good: a cheap way to make all SQL unknown.
 */
export function chainsTooLong(text: string): boolean {
  // Literals are not chains; they are left out only where nothing else can hold a quote.
  const code = /\$|--|\/\*|"/.test(text) ? text : text.replace(/'[^']*'/g, "''");
  const links =
    code.match(/[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|[-+*/%<>=~!@#&|^?:.[\]]+/g) ?? [];
  let count = 0;
  for (const link of links) if (!VALUES.has(link.toLowerCase())) count += 1;
  return count > SQL_CHAIN_MAX;
}
