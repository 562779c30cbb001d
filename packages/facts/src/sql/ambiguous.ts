import { SQL_NESTING_MAX, SQL_UNITS_MAX } from "../limits.ts";

/**
 * Whether SQL engines cut the text into different tokens, or may do so (threat T8). Such a text is
 * understood by nobody, whatever grammar the catalog names: the name may be wrong. Looks at the raw
 * text, inside literals too, so it says yes more often than needed.
 */
export function isAmbiguous(text: string): boolean {
  return (
    text.length > SQL_UNITS_MAX ||
    !text.isWellFormed() ||
    // Backslashes escape in some string literals; backticks quote; controls, NUL among them, end the
    // text, a comment, or nothing.
    // oxlint-disable-next-line no-control-regex -- NUL and its kind are the point
    /[\\`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text) ||
    /\r(?!\n)/.test(text) || // a bare carriage return ends a line comment in PostgreSQL only
    /\/\*[!+M]/.test(text) || // executable comments and hints
    hasNestedComment(text) ||
    nestsTooDeep(text)
  );
}

/** Two openings without a close between them: PostgreSQL counts them, SQLite and MySQL do not. */
function hasNestedComment(text: string): boolean {
  for (let open = text.indexOf("/*"); open !== -1; ) {
    const close = text.indexOf("*/", open + 2);
    const next = text.indexOf("/*", open + 2);
    if (next !== -1 && (close === -1 || next < close)) return true;
    open = next;
  }
  return false;
}

/** Parsers recurse once per bracket; counted over the raw text, so never too low. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at];
    if (unit === "(" || unit === "[") depth += 1;
    else if (unit === ")" || unit === "]") depth = Math.max(0, depth - 1);
    if (depth > SQL_NESTING_MAX) return true;
  }
  return false;
}
