/** The same text by itself: one that was cut out of another keeps the whole of that in memory. */
export function detached(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
