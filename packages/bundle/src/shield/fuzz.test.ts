import { MATCHED_ON } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readShield, type ShieldSource } from "./files.ts";
import { loadShield } from "./load.ts";
import { SHIELD_CODES } from "./raw.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 400);
const TIMEOUT_MS = 30_000 + numRuns * 10;

const SETTINGS = { conflict: "action", unparsed: "ignore", approvers: [], ttlMs: 1 } as const;
const HEADING = "## Active threats (compressed)\n";
const HEAD =
  "| id | category | severity | confidence | action | recommendation_agent | expires_at | revoked |\n|---|---|---|---|---|---|---|---|\n";
const ROW = "| T-1 | skill | high | 0.9 | block | BLOCK: skill name equals evil | none | false |\n";

const FRAGMENTS = [
  HEADING,
  HEAD,
  ROW,
  "---\n",
  "```yaml\n",
  "```\n",
  "~~~",
  "<!--",
  "-->",
  "### THREAT\n",
  "- id: a\n",
  "- **action**: block\n",
  "id: b\n",
  "category: skill\n",
  "severity: LOW\n",
  "action: log\n",
  "recommendation_agent: |\n  LOG: tool.call x\n",
  "recommendation_agent: >\n",
  "BLOCK: ",
  "APPROVE: command contains 'a' AND prompt contains \"b\"",
  " OR ",
  "<br>",
  "outbound request to a.com",
  "secrets read path equals ~/x",
  "author a/b/c",
  "version: 0.1\n",
  "expires_at: 2027-01-01\n",
  "confidence: 0.5\n",
  "revoked: true\n",
  "\\|",
  "|",
  "'",
  '"',
  "\\u0041",
  "\n",
  " ",
  "\t",
  "<id>",
  "(none)",
  "*",
  "\u0000",
  "\ud800",
  "\u202e",
  "\u00e9",
];

const text = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }).map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 })
    .map((parts) => HEADING + parts.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.jsonValue().map((data) => JSON.stringify({ success: true, data })),
);

test(
  "any text is read without a throw, and what loads is whole",
  () => {
    let loads = 0;
    fc.assert(
      fc.property(text, fc.constantFrom("markdown", "feed"), (source, kind) => {
        const sources: readonly ShieldSource[] = [{ file: "f", text: source, kind }];
        const reading = readShield(sources);
        for (const { code, line } of reading.problems) {
          expect(Object.keys(SHIELD_CODES)).toContain(code);
          const lines = source.split(/\r\n|\r|\n/).length;
          if (kind === "markdown") expect(line ?? 1).toBeLessThanOrEqual(lines);
        }
        const loaded = loadShield({ sources, settings: SETTINGS, acks: [] });
        if (reading.problems.length > 0) expect(loaded.ok).toBe(false);
        if (!loaded.ok) return;
        loads += 1;
        for (const entry of loaded.value.entries) {
          // What is in force can match; nothing of it was left out without a word.
          expect(entry.unparsed.length > 0 && !entry.revoked).toBe(false);
          expect(entry.directives).toHaveLength(entry.written);
          for (const { kind: on, value } of entry.directives.flatMap(({ any }) => any.flat())) {
            expect(Object.keys(MATCHED_ON)).toContain(on);
            expect(value).not.toBe("");
          }
        }
      }),
      { numRuns, examples: [[HEADING + HEAD + ROW, "markdown"]] },
    );
    expect(loads).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "damage to a file refuses it or leaves its protection as it was",
  () => {
    const whole = `---\nname: shield.md\nversion: "0.1"\n---\n# SHIELD\n\n${HEADING}\n${HEAD}${ROW}`;
    const value = whole.indexOf(" evil ");
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.oneof(
          fc.constantFrom(
            ...FRAGMENTS.filter(
              (part) => !/^(?:revoked|expires|version)|contains|equals|request|author/.test(part),
            ),
          ),
          fc.string({ unit: "binary", maxLength: 3 }).filter((part) => !/\d/.test(part)),
        ),
        (at, junk) => {
          // Another condition is another threat, and a word that takes the entry back takes it back.
          const inside = at > value && at <= value + " evil ".length;
          if (inside || junk.includes(">")) return;
          const damaged = whole.slice(0, at) + junk + whole.slice(at);
          const sources: readonly ShieldSource[] = [{ file: "f", text: damaged, kind: "markdown" }];
          const loaded = loadShield({ sources, settings: SETTINGS, acks: [] });
          if (!loaded.ok) {
            refused += 1;
            return;
          }
          const kept = loaded.value.entries.some(
            ({ action, directives, expires, revoked }) =>
              action === "block" &&
              expires === null &&
              !revoked &&
              directives.some(({ any }) => any.flat().some((one) => one.value === "evil")),
          );
          expect([damaged, kept]).toEqual([damaged, true]);
        },
      ),
      { numRuns },
    );
    expect(refused).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
