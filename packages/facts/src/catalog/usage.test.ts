import type { ActionRequest, JsonObject, Told, Used } from "@bylaw/core";
import { describe, expect, it } from "vitest";
import { call, DIGEST, request } from "../testdata/fixture.ts";
import type { Catalog } from "./catalog.ts";
import { parseCatalog } from "./parse.ts";
import { usedOf } from "./usage.ts";

function catalogOf(usage: string, definition = "null"): Catalog {
  const text = `version: 1
tools:
  llm/t:
    definition: ${definition}
    effects: [{ action: send, resource: { type: Model, id: m }, tokens: 9 }]
    usage: ${usage}
`;
  const parsed = parseCatalog("catalog.yaml", text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const asked = call("llm", "t", {});
const told = (result: JsonObject): Told => ({ kind: "result", result });
const used = (usage: string, result: JsonObject, of: ActionRequest = asked): Used | null =>
  usedOf(catalogOf(usage), of, told(result));

describe("what a result tells", () => {
  it.each<[string, JsonObject, Used | null]>([
    ["{ tokens: n }", { n: 7 }, { tokens: 7 }],
    ["{ tokens: n }", { n: 0 }, { tokens: 0 }],
    ["{ tokens: [a.in, a.out] }", { a: { in: 3, out: 4 } }, { tokens: 7 }],
    ["{ tokens: a.n }", { a: [{ n: 1 }, { n: 2 }] }, { tokens: 3 }],
    ["{ usd: cost }", { cost: 0.07 }, { usd: 70_000 }],
    ["{ usd: cost }", { cost: 0.000_000_1 }, { usd: 1 }],
    ["{ usd: cost, tokens: n }", { cost: 1, n: 2 }, { usd: 1_000_000, tokens: 2 }],
    ["{ usd: cost, tokens: n }", { cost: 1 }, { usd: 1_000_000 }],
    ["{ tokens: [a, b] }", { a: 1 }, null],
    ["{ tokens: a.n }", { a: [] }, null],
    ["{ tokens: a.n }", { a: [{ n: 1 }, {}] }, null],
    ["{ tokens: n }", { n: -1 }, null],
    ["{ tokens: n }", { n: 1.5 }, null],
    ["{ tokens: n }", { n: 1e300 }, null],
    ["{ usd: cost }", { cost: 1e300 }, null],
    ["{ usd: cost }", { cost: null }, null],
    ["{ tokens: constructor.length }", {}, null],
    ["null", { n: 7 }, null],
    ["reported", { n: 7 }, null],
  ])("%s of %j", (usage, result, expected) => expect(used(usage, result)).toEqual(expected));

  it("counts for the tool that the catalog describes, as it was reviewed", () => {
    const result = { n: 7 };
    expect(used("{ tokens: n }", result, call("llm", "other", {}))).toBeNull();
    expect(
      used("{ tokens: n }", result, request({ upstream: "llm", operation: "x", target: "t" })),
    ).toBeNull();
    const pinned = catalogOf("{ tokens: n }", DIGEST);
    expect(usedOf(pinned, asked, told(result))).toEqual({ tokens: 7 });
    const changed = call("llm", "t", {}, { digest: `sha256:${"b".repeat(64)}` });
    expect(usedOf(pinned, changed, told(result))).toBeNull();
  });
});

describe("what an agent reports", () => {
  const reported = (usage: string, usd: number | null, tokens: number | null): Used | null =>
    usedOf(catalogOf(usage), asked, { kind: "reported", usd, tokens });

  it("counts where the catalog takes its word", () => {
    expect(reported("reported", 0.5, 12)).toEqual({ usd: 500_000, tokens: 12 });
    expect(reported("reported", null, 12)).toEqual({ tokens: 12 });
    expect(reported("reported", null, null)).toBeNull();
    expect(reported("{ tokens: n }", 0, 0)).toBeNull();
    expect(reported("null", 0, 0)).toBeNull();
  });
});

describe("a catalog", () => {
  it.each(["{}", "server", "{ tokens: [] }", "{ tokens: a..b }", "{ eur: n }", "{ usd: [a] }"])(
    "does not take usage: %s",
    (usage) => expect(() => catalogOf(usage)).toThrow(),
  );
});
