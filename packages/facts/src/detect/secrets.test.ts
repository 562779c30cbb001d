import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KEY_BLOCK_UNITS_MAX, SCAN_UNITS_MAX } from "./limits.ts";
import { RULES } from "./registry.ts";
import { KINDS, SEVERITIES } from "./rule.ts";
import { scanner } from "./scan.ts";
import { CONTEXT_RULES } from "./secrets.ts";
import { OVERLAP_UNITS, scanWindows } from "./windows.ts";

const scan = scanner(new Set(["secret"]));

const found = (text: string, name?: string): readonly (readonly [string, string])[] =>
  scan(text, name).findings.map(({ rule, start, end }) => [rule, text.slice(start, end)]);

const R = "q7Zk2MvX9bLw4TnPc8Rd";
const HEX = "9f86d081e5b2c4a7361f0e8d";

describe("a secret is known by where it stands", () => {
  test.each<[string, string, string]>([
    [`API_KEY=${R}`, "secret.assigned-key", R],
    [`export DATABASE_TOKEN="${R}"`, "secret.assigned-key", R],
    [`{"clientSecret": "${HEX}"}`, "secret.assigned-key", HEX],
    [`{\\"client_secret\\": \\"${R}\\"}`, "secret.assigned-key", R],
    [`access_token: ${R}`, "secret.assigned-key", R],
    [`const stripeKey = '${R}';`, "secret.assigned-key", R],
    [`config["api-key"] = "${R}"`, "secret.assigned-key", R],
    [`x := map[string]string{"token": "${R}"}`, "secret.assigned-key", R],
    [`'secret' => '${R}',`, "secret.assigned-key", R],
    [`GET /x?api_key=${R}&page=2`, "secret.assigned-key", R],
    [`X-Api-Key: ${R}`, "secret.assigned-key", R],
    [`<apiToken>${R}</apiToken>`, "secret.assigned-key", R],
    [
      "heroku_api_key: 0a1b7c3d-91b8-4f6b-a2d2-45b16276dffd",
      "secret.assigned-key",
      "0a1b7c3d-91b8-4f6b-a2d2-45b16276dffd",
    ],
    [`//npm.example.org/:_authToken=${R}`, "secret.assigned-key", R],
    [
      '{"auths":{"r.io":{"auth":"dXNlcjpodW50ZXIyMg=="}}}',
      "secret.assigned-key",
      "dXNlcjpodW50ZXIyMg==",
    ],
    ['password = "hunter2!x"', "secret.assigned-password", "hunter2!x"],
    ["DB_PASSWORD=Tr0ub4dor&3", "secret.assigned-password", "Tr0ub4dor&3"],
    [
      "Server=db;User Id=sa;Password=s3cr3tPw9;Encrypt=true",
      "secret.assigned-password",
      "s3cr3tPw9",
    ],
    ["<password>kX9$fooBar1</password>", "secret.assigned-password", "kX9$fooBar1"],
    [`Authorization: Bearer ${R}`, "secret.authorization", R],
    [`-H "Authorization: token ${R}"`, "secret.authorization", R],
    [`sent Bearer ${R} to it`, "secret.authorization", R],
    ["postgres://app:hunter22@db.internal:5432/x", "secret.url-password", "hunter22"],
    ["redis://:p4ssw0rdX@cache:6379", "secret.url-password", "p4ssw0rdX"],
    [`git clone https://${R}@git.example.org/x.git`, "secret.url-password", R],
    ["curl -u admin:S3cretPass9 https://h/", "secret.command-password", "admin:S3cretPass9"],
    [`tool login --password ${R} --host h`, "secret.command-password", R],
    ["machine h login bob password Zx81Spectrum", "secret.command-password", "Zx81Spectrum"],
    [
      "POST https://discord.com/api/webhooks/123456789012345678/aB3dE6gH9jK2mN5pQ8sT1vW4xY7zAb",
      "secret.webhook",
      "https://discord.com/api/webhooks/123456789012345678/aB3dE6gH9jK2mN5pQ8sT1vW4xY7zAb",
    ],
    [`{"value": "${R}9sQ1"}`, "secret.opaque", `${R}9sQ1`],
  ])("%s", (text, rule, secret) => {
    expect(found(text)).toEqual([[rule, secret]]);
  });

  test("the name that a text stands under counts like one in the text", () => {
    expect(found(R, "api_key")).toEqual([["secret.assigned-key", R]]);
    expect(found(R, "file_name")).toEqual([]);
    expect(found(R)).toEqual([]);
  });

  const body = `${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n".repeat(3)}`;
  test.each<[string, string]>([
    ["a whole block", `-----BEGIN RSA PRIVATE KEY-----\n${body}-----END RSA PRIVATE KEY-----`],
    ["a block that is cut off", `-----BEGIN PRIVATE KEY-----\n${body}`],
    [
      "a block in JSON",
      `-----BEGIN PRIVATE KEY-----\\n${body.replaceAll("\n", "\\n")}-----END PRIVATE KEY-----`,
    ],
    [
      "a block of PGP",
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${body}-----END PGP PRIVATE KEY BLOCK-----`,
    ],
  ])("%s is one finding", (_, block) => {
    expect(found(`x ${block}`)).toEqual([["secret.private-key", block]]);
  });
});

describe("no secret is", () => {
  test.each([
    "API_KEY=${API_KEY}",
    "API_KEY=<your key>",
    'API_KEY="your-api-key-here"',
    "token: xxxxxxxxxxxxxxxxxxxxxxxx",
    "password: ********",
    "API_KEY=0123456789abcdef0123456789",
    "const token = rawQuery.slice(start, end)",
    "const key = process.env.AWS_SECRET_ACCESS_KEY;",
    'password: "Enter your new password"',
    "if (token === previousToken9x8y7z6w) return",
    "token == q7Zk2MvX9bLw4TnPc8Rd",
    `cacheKey: "${R}"`,
    `nextPageToken: "${R}x9"`,
    `"public_key": "${R}"`,
    `"integrity": "sha512-Tf9Oo0DwqCPxXT9PAati6uDl2lecy4Ufjbnf6ExYsrN7iZA6dA4e4XLaeTpuedVg5ff5vQWKEqKAQz7W+kZRCg=="`,
    `"sha256": "${HEX}${HEX}"`,
    "commit 356a192b7913b04c54574d18c28d46e6395428ab",
    '"requestId": "2051579c-e0aa-47f9-975a-4e23191a69ad"',
    '"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"',
    "max_tokens: 128000123456789",
    "https://user:password@example.com/",
    "https://example.org/a@b:c",
    "curl -u user:pass https://h/",
    'curl --user "$NAME:$PASS" https://h/',
    "Authorization: Bearer $TOKEN",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE",
    "signInWithCredentialAndToken: CompactVerifyGetKey,",
    "",
  ])("%s", (text) => {
    expect(found(text)).toEqual([]);
  });
});

test("rules have ids of their own, a known kind and severity", () => {
  expect(RULES.size).toBeGreaterThan(CONTEXT_RULES.length + 100);
  for (const [id, rule] of RULES) {
    expect(id).toBe(rule.id);
    expect(id.startsWith(`${rule.kind}.`)).toBe(true);
    expect(KINDS).toContain(rule.kind);
    expect(SEVERITIES).toContain(rule.severity);
  }
});

describe("limits", () => {
  test("what lies beyond the limit is reported as not scanned", () => {
    const text = `${" ".repeat(SCAN_UNITS_MAX)}API_KEY=${R}`;
    expect(scan(text)).toEqual({ findings: [], scanned: SCAN_UNITS_MAX, complete: false });
  });

  test("a text in windows has the findings of the whole", () => {
    const secret = `\nAPI_KEY=${R}\n`;
    const windowUnits = OVERLAP_UNITS * 2;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: KEY_BLOCK_UNITS_MAX * 2 }), { maxLength: 8 }),
        (gaps) => {
          const text = gaps.map((gap) => ".".repeat(gap) + secret).join("");
          expect(scanWindows(text, scan, windowUnits)).toEqual({
            findings: scan(text).findings,
            complete: true,
          });
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("a text is read in stretches", () => {
  const token = `ghp_${"q7Zk2MvX9bLw4TnPc8Rd".repeat(2).slice(0, 36)}`;

  test.each(["some words ", "\u013d\u0173\u6f22 "])(
    "a token stands on any border of them, behind %j",
    (words) => {
      for (let at = 16_340; at < 16_390; at += 1) {
        const before = `${words.repeat(at / words.length).padEnd(at, ".")} `;
        const stated = `the password is ${R}`;
        expect(found(`${before}${token} ${words}${before}${stated}`)).toEqual(
          found(`${token} ${stated}`),
        );
      }
    },
  );
});
