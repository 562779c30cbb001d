import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MODERN_RPC, RPC, rpcCode } from "./codes.ts";
import { codeText } from "./texts.ts";

const folder = new URL(".", import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"));

/** Every text in the sources that has the form of one of this gateway's own reason codes. */
const used = new Set(
  sources.flatMap((text) =>
    [
      ...text.matchAll(
        /"((?:authority|batch|cancel|client|credential|definition|gateway|header|http|id|json|limit|message|method|mirror|obligation|params|progress|response|session|state|task|tool|upstream|version|wire)\.[a-z_]*[a-z])"/g,
      ),
    ].map(([, code]) => String(code)),
  ),
);

describe("error codes", () => {
  it("stay in the ranges that are free for Bylaw", () => {
    const own = Object.values(RPC).filter((code) => code > -32_100);
    expect(own.every((code) => code <= -32_010 && code >= -32_019)).toBe(true);
    expect(new Set(Object.values(RPC)).size).toBe(Object.values(RPC).length);
    expect(Object.values(MODERN_RPC)).toEqual([-32_020, -32_022]);
  });

  it("are found in the sources at all", () => {
    expect(used.size).toBeGreaterThan(50);
  });

  it.each([...used].filter((code) => code !== "gateway.error"))(
    "%s has a number of its own",
    (code) => {
      expect(rpcCode(code)).not.toBe(RPC.internal);
    },
  );

  it.each([...used])("%s has words", (code) => {
    expect(codeText(code)).not.toBe(code);
  });

  it.each(["constructor", "toString", "__proto__", "nonsense", ""])("%j is internal", (code) => {
    expect(rpcCode(code)).toBe(RPC.internal);
    expect(codeText(code)).toBe(code);
  });
});
