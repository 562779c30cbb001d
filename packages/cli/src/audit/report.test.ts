import type { VerifyReport } from "@bylaw/ledger";
import { expect, it } from "vitest";
import { describeReport } from "./report.ts";

const SOUND: VerifyReport = {
  ok: true,
  origin: "bylaw/1a2b3c4d5e6f",
  size: 16,
  root: "",
  signed: 16,
  checkpoints: 7,
  receipts: 0,
  bodies: { verified: 0, pruned: 0 },
  open: [],
  heldAgainst: null,
  first: null,
  problems: [],
  problemCount: 0,
};

it("says of every record that it is verified only where all of them are signed", () => {
  expect(describeReport(SOUND, null)).toContain("verified: every record,");
  const text = describeReport({ ...SOUND, signed: 9 }, null);
  expect(text).toContain("verified: entries 0 to 8,");
  expect(text).toContain("NOT SIGNED: entries 9 to 15:");
  expect(text).not.toContain("every record");
});

it("names no entry where the problem is with none", () => {
  const first = { code: "checkpoint.invalid", index: 0, until: 0, detail: "not a note" } as const;
  const text = describeReport({ ...SOUND, ok: false, first, problemCount: 1 }, null);
  expect(text).toContain("NOT VERIFIED: the log: not a note (checkpoint.invalid)");
});
