import type { LedgerRecord } from "@bylaw/core";
import { expect, it } from "vitest";
import { contradictions, type Evidence } from "./check.ts";

function intent(tool: string, key: string): LedgerRecord {
  const effects = [
    { action: "update", resource: { type: "Object", id: key }, atMost: 1, known: true },
  ];
  const action = { operation: "tools/call", target: tool, effects };
  return { v: 1, kind: "intent", at: "", action, decision: {} } as unknown as LedgerRecord;
}

function evidence(change: Partial<Evidence>, approved: readonly string[] = []): Evidence {
  const knowledge = {
    answered: new Set<string>(),
    approved: new Set(approved),
    calls: 0,
    settled: 0,
  };
  return { records: [], calls: [], knowledge, ...change };
}

it("finds nothing where every call has its intent", () => {
  const records = [intent("write", "a"), intent("erase", "b"), intent("peek", "lost")];
  const calls = [
    { tool: "write", key: "a" },
    { tool: "erase", key: "b" },
  ];
  expect(contradictions(evidence({ records, calls }, ["b"]))).toEqual([]);
});

it.each<[string, Evidence]>([
  ["a call without an intent", evidence({ calls: [{ tool: "write", key: "a" }] })],
  [
    "a call that ran more often than it was recorded",
    evidence({
      records: [intent("write", "a")],
      calls: [
        { tool: "write", key: "a" },
        { tool: "write", key: "a" },
      ],
    }),
  ],
  [
    "an approved call that ran twice",
    evidence(
      {
        records: [intent("erase", "b"), intent("erase", "b")],
        calls: [
          { tool: "erase", key: "b" },
          { tool: "erase", key: "b" },
        ],
      },
      ["b"],
    ),
  ],
  [
    "a held call that nobody approved",
    evidence({ records: [intent("erase", "b")], calls: [{ tool: "erase", key: "b" }] }),
  ],
  [
    "a forbidden call",
    evidence({
      records: [intent("forbidden", "c")],
      calls: [{ tool: "forbidden", key: "c" }],
    }),
  ],
])("is red for %s", (_name, planted) => {
  expect(contradictions(planted)).toHaveLength(1);
});
