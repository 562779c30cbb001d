import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNames, NAME_CHARS_MAX, readUri, shownUri } from "./names.ts";

const configured = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const tricky = fc.constantFrom(
  "a",
  "a_",
  "a__b",
  "a_b",
  "a.b",
  "a-b",
  "a__",
  "__".padStart(3, "a"),
);
const upstreams = fc.uniqueArray(fc.oneof(configured, tricky), { minLength: 1, maxLength: 6 });
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 200 }),
  fc.constantFrom(
    "_x",
    "__x",
    "b__c",
    "x".repeat(62),
    "🎈".repeat(60),
    `${"x".repeat(50)}-0123456789`,
  ),
);

describe("names of the merged endpoint", () => {
  it("are read back as what they were written from, whoever's they are", () => {
    fc.assert(
      fc.property(upstreams, fc.array(name, { minLength: 1, maxLength: 6 }), (servers, tools) => {
        const names = createNames(servers);
        const seen = new Map<string, string>();
        for (const upstream of servers)
          for (const tool of tools) {
            const shown = names.shown(upstream, tool);
            const meant = JSON.stringify([upstream, tool]);
            expect(shown.length).toBeLessThanOrEqual(NAME_CHARS_MAX);
            expect(seen.get(shown) ?? meant).toBe(meant);
            seen.set(shown, meant);
            expect(names.read(shown)).toEqual({ upstream, name: tool });
          }
      }),
    );
  });

  it("mean nothing where no server would have written them", () => {
    const names = createNames(["files", "a__b"]);
    for (const shown of [
      "",
      "files",
      "files__",
      "files_read",
      "other__read",
      "a__b__c",
      "FILES__read",
    ])
      expect(names.read(shown)).toBeNull();
  });

  it("keep two names apart that a server wants taken for one", () => {
    const names = createNames(["files"]);
    const long = names.shown("files", "x".repeat(100));
    expect(long).toHaveLength(NAME_CHARS_MAX);
    // A tool that is called like the shortened form of another is itself shortened.
    const posing = names.shown("files", long.slice("files__".length));
    expect(posing).not.toBe(long);
    expect(names.read(long)).toEqual({ upstream: "files", name: "x".repeat(100) });
  });

  it("are not known before a list has shown them, where they had to be shortened", () => {
    const shown = createNames(["files"]).shown("files", "y".repeat(100));
    expect(createNames(["files"]).read(shown)).toEqual({ upstream: "files", name: null });
  });
});

describe("addresses of the merged endpoint", () => {
  it("are read back exactly", () => {
    fc.assert(
      fc.property(upstreams, fc.string({ minLength: 1 }), (servers, uri) => {
        for (const upstream of servers)
          expect(readUri(servers, shownUri(upstream, uri))).toEqual({ upstream, uri });
      }),
    );
  });

  it("survive a reader of addresses as they are", () => {
    const shown = shownUri("Files", "file:///A%2fb/../c?q=1#x");
    expect(new URL(shown).href).toBe(shown);
  });

  it("mean nothing without their server", () => {
    for (const uri of [
      "file:///x",
      "bylaw:",
      "bylaw:files",
      "bylaw:files:",
      "bylaw:other:x",
      "BYLAW:files:x",
    ])
      expect(readUri(["files"], uri)).toBeNull();
  });
});
