import { describe, expect, test } from "vitest";
import { secretScanner } from "./secrets.ts";

const scan = secretScanner();

/** Values as issuers make them that no rule knows: nothing but where they stand gives them away. */
const VALUES = [
  "7203915586412970",
  "k3v9x0q2w8z7m1n5b4c6d8f0",
  "A8fKq2ZpL0vXw93sTn5R",
  "9f8b1c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d",
];

/** `@` is the value. */
const SHAPES = [
  'acme_TOKEN = "@"',
  "acmeToken = '@'",
  '"acme_token": "@"',
  "ACME_API_KEY=@",
  "acme_api_key: @",
  'acme_TOKEN ::= "@"',
  'acme_TOKEN :::= "@"',
  'acme_TOKEN ?= "@"',
  'acme_TOKEN => "@"',
  "acmeToken := `@`",
  'System.setProperty("ACME_TOKEN", "@")',
  "<acmeToken>@</acmeToken>",
  '$acmeToken .= "@"',
  'acme_token ||= "@"',
  'acme_TOKEN || "@"',
  'acme_TOKEN ?? "@"',
  'var acmeToken string = "@"',
  'acme_token: str = "@"',
  'const string acmeToken = @"@"',
  "acme_token = r'@'",
  'if (acmeToken == "@") {',
  'if (acmeToken !== "@") {',
  'set acmeToken "@"',
  '#define ACME_TOKEN "@"',
  'ACME_TOKEN,"@"',
  "- name: ACME_SECRET\n  value: @\n",
  '{"name": "ACME_TOKEN", "value": "@"}',
];

describe.each(SHAPES)("%s", (shape) => {
  // The last place of a shape is the value's; one has a quote of its own in front.
  const at = shape.lastIndexOf("@");
  test.each(VALUES)("gives %s away, whole", (value) => {
    const text = shape.slice(0, at) + value + shape.slice(at + 1);
    const found = scan(text).some((each) => each.start <= at && each.end >= at + value.length);
    expect(found).toBe(true);
  });
});

describe("no secret", () => {
  test.each([
    'acme_page_token == "k3v9x0q2w8z7m1n5b4c6d8f0"',
    'tr("token", "The token that you asked for")',
    'label("Secret", "secret")',
    'the token "acme-client" is set',
    '{"name": "ACME_TOKEN", "value": "<your token>"}',
    "- name: LOG_LEVEL\n  value: k3v9x0q2w8z7m1n5b4c6d8f0\n",
    'var tokenKind string = "identifier"',
    'token !== "undefined"',
    "sha256 == 3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
    '["a8fKq2ZpL0", "vXw93sTn5R"]',
  ])("%s", (text) => expect(scan(text)).toEqual([]));
});
