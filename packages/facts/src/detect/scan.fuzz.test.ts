import fc from "fast-check";
import { expect, test } from "vitest";
import { RULES } from "./registry.ts";
import { KINDS } from "./rule.ts";
import { scanner } from "./scan.ts";
import { PROVIDERS } from "./secrets/index.ts";
import { tokenOf } from "./testdata/samples.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 1_000);
const TIMEOUT_MS = 30_000 + numRuns * 10;

const scan = scanner(new Set(KINDS));

/** Pieces that detectors look for, so that random text gets past their first look. */
const piece = fc.oneof(
  fc.constantFrom(
    ..."= : :// \" ' ` \\ \\n % & ? @ < > token password key Authorization Bearer curl -u --user sk- ghp_ eyJ".split(
      " ",
    ),
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "data:image/png;base64,",
    "![a](https://",
    "ignore all previous instructions",
    "\u202e",
    "\u{e0041}",
    "\ud800",
    "\n",
    " ",
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.base64String({ maxLength: 80 }),
  fc.constantFrom(...PROVIDERS.flatMap(({ formats }) => formats)).chain(tokenOf),
);
const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));

test(
  "any text is scanned: findings are of known rules, within it, in order and never empty",
  () => {
    fc.assert(
      fc.property(
        text,
        fc.option(fc.constantFrom("token", "password", "authorization", "x", "")),
        (input, name) => {
          const { findings, scanned, complete } = scan(input, name ?? undefined);
          expect([scanned, complete]).toEqual([input.length, true]);
          let before = 0;
          for (const { rule, start, end } of findings) {
            expect(RULES.has(rule)).toBe(true);
            expect(start).toBeGreaterThanOrEqual(before);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(input.length);
            before = start;
          }
        },
      ),
      { numRuns },
    );
  },
  TIMEOUT_MS,
);

/** Pieces whose repetition makes a careless pattern look at everything from everywhere. */
const REPEATED =
  "a@ a. a- 1- +1_ 1_ <img_ <img_src= ![ ![a](http://a http:// ignore_ do_not_ you_are_now_ AI_must_ \u001b[ \u200b A1 %41 4111_ [/INST born_on_ tel_ = : a token= token=' password:_ :// ghp_ eyJa.eyJ -----BEGIN_PRIVATE_KEY----- curl_-u_ <token> --token_ x://a:b@ machine_a_login_b_password_";

test(
  "time grows with the length of the text, not with its square",
  () => {
    for (const unit of REPEATED.split(" ")) {
      const text = unit.replaceAll("_", " ").repeat(Math.ceil(150_000 / unit.length));
      expect(scan(text).scanned).toBe(text.length);
    }
  },
  TIMEOUT_MS,
);
