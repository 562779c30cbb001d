import { expect, it } from "vitest";
import { createSealer } from "./sealed.ts";

const key = new Uint8Array(32).fill(7);
const sealer = createSealer(() => key);

/** Another first letter: one that is fixed would be the same every 64th time. */
const changed = (sealed: string): string =>
  `${sealed.startsWith("A") ? "B" : "A"}${sealed.slice(1)}`;

it("gives back what was sealed for the same id, and says nothing without the key", () => {
  const sealed = sealer.seal('{"password":"schön"}', "apr_1");
  expect(sealer.unseal(sealed, "apr_1")).toBe('{"password":"schön"}');
  expect(Buffer.from(sealed, "base64").toString()).not.toContain("password");
  expect(sealer.seal("x", "apr_1")).not.toBe(sealer.seal("x", "apr_1"));
});

it.each<[string, (sealed: string) => string | null]>([
  ["another id", (sealed) => sealer.unseal(sealed, "apr_2")],
  ["another key", (sealed) => createSealer(() => new Uint8Array(32)).unseal(sealed, "apr_1")],
  ["no key any more", (sealed) => createSealer(() => null).unseal(sealed, "apr_1")],
  ["a changed text", (sealed) => sealer.unseal(changed(sealed), "apr_1")],
  ["a text that was cut", (sealed) => sealer.unseal(sealed.slice(0, 20), "apr_1")],
  ["a text that was never sealed", () => sealer.unseal('{"arguments":{}}', "apr_1")],
])("gives nothing for %s", (_what, unseal) => {
  expect(unseal(sealer.seal("secret", "apr_1"))).toBeNull();
});

it("seals nothing once the key was destroyed", () => {
  expect(() => createSealer(() => null).seal("x", "apr_1")).toThrow("destroyed");
});
