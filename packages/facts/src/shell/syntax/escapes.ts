const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

const ESCAPE =
  /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|0?([0-7]{1,3})|c([^])|([^]))/g;

/** The text of `$'…'`, `echo -e` and `printf`, whose escapes are the same but for rare ones. */
export function decodeEscapes(text: string): string {
  return text.replace(
    ESCAPE,
    (
      whole: string,
      hex?: string,
      short?: string,
      long?: string,
      octal?: string,
      control?: string,
      simple?: string,
    ) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return character(Number.parseInt(code, 16)) ?? whole;
      if (octal !== undefined) return character(Number.parseInt(octal, 8) & 0xff) ?? whole;
      if (control !== undefined) return character(control.charCodeAt(0) & 0x1f) ?? whole;
      return SIMPLE[simple ?? ""] ?? whole;
    },
  );
}

function character(code: number): string | null {
  return code <= 0x10ffff ? String.fromCodePoint(code) : null;
}
