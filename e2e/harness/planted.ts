import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Characters that every encoding writes differently, around a part that only few do. */
export const PLANTED = 'pl@nt/ed+"Zq7planted9Xw\\ключ?';

/** What would betray the planted text, by the encoding it would be in. */
export const FORMS: Readonly<Record<string, Buffer>> = {
  plain: Buffer.from(PLANTED),
  fragment: Buffer.from("Zq7planted9Xw"),
  "JSON-escaped": Buffer.from(JSON.stringify(PLANTED).slice(1, -1)),
  "JSON-escaped twice": Buffer.from(JSON.stringify(JSON.stringify(PLANTED)).slice(3, -3)),
  "URL-encoded": Buffer.from(encodeURIComponent(PLANTED)),
  hex: Buffer.from(Buffer.from(PLANTED).toString("hex")),
  "hex in capitals": Buffer.from(Buffer.from(PLANTED).toString("hex").toUpperCase()),
  "UTF-16": Buffer.from("Zq7planted9Xw", "utf16le"),
  ...base64Forms(),
};

/** The same bytes look different in base64 at each of three places. */
function base64Forms(): Record<string, Buffer> {
  const forms: Record<string, Buffer> = {};
  for (const shift of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(PLANTED)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    // The first characters also hold bits of what stands before.
    for (const encoding of ["base64", "base64url"] as const)
      forms[`${encoding} at ${shift}`] = Buffer.from(
        whole.toString(encoding).slice(shift === 0 ? 0 : 4),
      );
  }
  return forms;
}

/** Forms of the planted text that some bytes hold. */
export function formsIn(bytes: Uint8Array | string): readonly string[] {
  const buffer = Buffer.from(bytes as Uint8Array);
  return Object.entries(FORMS).flatMap(([name, form]) => (buffer.includes(form) ? [name] : []));
}

/** Every file below a folder that holds the planted text, with the forms it does in. */
export function leaksIn(folder: string): Readonly<Record<string, readonly string[]>> {
  const leaks: Record<string, readonly string[]> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const forms = formsIn(readFileSync(path));
    if (forms.length > 0) leaks[path] = forms;
  }
  return leaks;
}
