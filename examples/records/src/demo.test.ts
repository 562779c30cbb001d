import { expect, it } from "vitest";
import { demo } from "./demo.ts";
import type { Report } from "./report.ts";

/** The server runs from `dist`; the governed half needs a whole gateway and is in the e2e suite. */
it("without Bylaw one excuse and one call empty the table", async () => {
  let out = "";
  const write = (text: string): void => {
    out += text;
  };
  const asPromised = await demo({ bylaw: [], ungoverned: true, json: true, write, colour: false });
  const report = JSON.parse(out) as Report;
  expect(asPromised).toBe(true);
  expect(report).toMatchObject({ mode: "ungoverned", rowsBefore: 1200, rowsLeft: 0, log: null });
  expect(report.steps.map((step) => step.tool)).toEqual(["search_records", "delete_records"]);
});

it("ends with how many rows are left", async () => {
  let out = "";
  const write = (text: string): void => {
    out += text;
  };
  await demo({ bylaw: [], ungoverned: true, json: false, write, colour: false });
  expect(out.endsWith("\nrows left: 0\n")).toBe(true);
});
