/** Whether a UTF-16 unit is white space, as `\s` has it. */
export function isBlank(code: number): boolean {
  if (code <= 126) return code === 32 || (code >= 9 && code <= 13);
  return /\s/.test(String.fromCharCode(code));
}
