import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WORLD } from "../testdata/fixture.ts";
import { isPrivate } from "./address.ts";
import { urlEffects } from "./url.ts";

const summary = (url: string, method: string | null = "GET"): readonly string[] | null =>
  urlEffects(url, method, "parsed", WORLD)?.map(
    ({ action, resource }) =>
      `${action} ${resource.id}${resource.attrs["private"] === true ? " private" : ""}`,
  ) ?? null;

describe("requests to an address", () => {
  test.each<[string, string | null, readonly string[]]>([
    ["https://Example.com./x", "GET", ["connect example.com:443", "read example.com:443"]],
    ["http://example.com:8080", "head", ["connect example.com:8080", "read example.com:8080"]],
    [
      "https://a.example/?q=secret",
      "GET",
      ["connect a.example:443", "read a.example:443", "send a.example:443"],
    ],
    ["https://a.example/", "POST", ["connect a.example:443", "send a.example:443"]],
    ["https://a.example/", "DELETE", ["connect a.example:443", "delete a.example:443"]],
    [
      "https://a.example/",
      null,
      [
        "connect a.example:443",
        "send a.example:443",
        "update a.example:443",
        "delete a.example:443",
      ],
    ],
    ["http://0x7f.1/", "GET", ["connect 127.0.0.1:80 private", "read 127.0.0.1:80 private"]],
    [
      "http://[::ffff:10.0.0.1]/",
      "GET",
      ["connect [::ffff:a00:1]:80 private", "read [::ffff:a00:1]:80 private"],
    ],
    [
      "https://bücher.example/",
      "GET",
      ["connect xn--bcher-kva.example:443", "read xn--bcher-kva.example:443"],
    ],
  ])("%s %s", (url, method, expected) => {
    expect(summary(url, method)).toEqual(expected);
  });

  test.each([
    "",
    "example.com",
    "//example.com",
    "https:/example.com",
    "https://user@example.com/",
    "https://example.com\\@evil.example/",
    "https://exa mple.com/",
    "https://example.com/a\tb",
    " https://example.com/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "gopher://x.example/",
    `https://example.com/${"a".repeat(9_000)}`,
  ])("%j has no single reading", (url) => {
    expect(summary(url)).toBeNull();
  });

  test("the metadata service is a class of its own", () => {
    for (const url of [
      "http://169.254.169.254/",
      "http://2852039166/",
      "http://[::ffff:169.254.169.254]/",
    ])
      expect(urlEffects(url, "GET", "parsed", WORLD)?.[0]?.resource.parents).toContainEqual({
        type: "Class",
        id: "metadata-service",
      });
  });

  test("a host is in every domain above it", () => {
    const parents = urlEffects("https://a.b.example/", "GET", "parsed", WORLD)?.[0]?.resource
      .parents;
    expect(parents?.filter(({ type }) => type === "Domain").map(({ id }) => id)).toEqual([
      "a.b.example",
      "b.example",
      "example",
    ]);
  });

  test.each<[string, boolean]>([
    ["localhost", true],
    ["printer.local", true],
    ["10.1.2.3", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["100.64.0.1", true],
    ["8.8.8.8", false],
    ["[::1]", true],
    ["[fe80::1]", true],
    ["[fd12::1]", true],
    ["[2606:4700::1111]", false],
    ["example.com", false],
  ])("%s private: %s", (name, expected) => {
    expect(isPrivate(name)).toBe(expected);
  });

  test("any text is an address with effects, or none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), fc.string(), (url, method) => {
        const found = urlEffects(url, method, "parsed", WORLD);
        expect(found === null || found.length > 0).toBe(true);
      }),
    );
  });
});
