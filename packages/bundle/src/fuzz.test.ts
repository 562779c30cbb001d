import { decide } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { factsOfCase } from "./cases.ts";
import { loadBundle } from "./load.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 60);
const TIMEOUT_MS = 30_000 + numRuns * 60;

const FRAGMENTS = [
  "permit",
  "forbid",
  "(principal, action, resource)",
  "(principal is Agent, action, resource)",
  ";",
  "when {",
  "unless {",
  "}",
  "true",
  "false",
  "&&",
  "||",
  "!",
  "context.reversible",
  "resource has clears",
  'context.args.text.hasTag("a")',
  'resource in Environment::"production"',
  '@id("a")',
  '@id("b")',
  "@grant",
  '@owner("User::\\"m\\"")',
  '@decision("require_approval")',
  '@approvers("on-behalf-of")',
  '@mode("observe")',
  "// c",
  "\n",
  '"',
  "\\",
  "?principal",
  "if",
  "then",
  "else",
  "[",
  "]",
  "9007199254740993",
  "\u0000",
  "\u{1f600}",
];

test(
  "any text loads into a bundle that decides, or is refused with places in it",
  async () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 24 }).map((parts) => parts.join(" ")),
      fc.string({ unit: "binary", maxLength: 80 }),
    );
    let loads = 0;
    await fc.assert(
      fc.asyncProperty(text, async (source) => {
        const loaded = await loadBundle({ sources: [{ file: "f.cedar", text: source }] });
        if (!loaded.ok) {
          expect(loaded.error.length).toBeGreaterThan(0);
          const lines = source.split("\n");
          for (const { code, line, column } of loaded.error) {
            expect([source, code]).not.toEqual([source, "load.failed"]);
            expect(line ?? 1).toBeLessThanOrEqual(lines.length);
            expect(column ?? 1).toBeLessThanOrEqual((lines[(line ?? 1) - 1] ?? "").length + 1);
          }
          return;
        }
        loads += 1;
        const given = { name: "x", expect: "block", because: [], do: "read Table::t" } as const;
        const decision = decide(loaded.value, factsOfCase(loaded.value, given));
        // The user of the chain is a User: only a permit without a type covers both members.
        const open = source.includes("permit (principal, action, resource)");
        if (!open) expect(decision.outcome).toBe("block");
      }),
      {
        numRuns,
        examples: [['@id("a") permit (principal, action, resource) ;'], [""]],
      },
    );
    expect(loads).toBeGreaterThan(1);
  },
  TIMEOUT_MS,
);
