import { describe, expect, it } from "vitest";
import { limitOf } from "./limit.ts";

describe("a limit", () => {
  it.each([
    ["10 items per 1h per agent", { most: 10, unit: "items", windowMs: 3_600_000, per: ["agent"] }],
    ["1 call per 30s", { most: 1, unit: "calls", windowMs: 30_000, per: [] }],
    ["3 calls at once per upstream", { most: 3, unit: "calls", windowMs: null, per: ["upstream"] }],
    [
      "0.5 usd per 1d per user",
      { most: 500_000, unit: "usd", windowMs: 86_400_000, per: ["user"] },
    ],
    [
      "200000 tokens per 1d per agent",
      { most: 200_000, unit: "tokens", windowMs: 86_400_000, per: ["agent"] },
    ],
    [
      "4 calls per 10m per request",
      { most: 4, unit: "calls", windowMs: 600_000, per: ["request"] },
    ],
    [
      "1000000 bytes per 31d per session and tool",
      { most: 1_000_000, unit: "bytes", windowMs: 31 * 86_400_000, per: ["session", "tool"] },
    ],
  ])("reads %s", (text, limit) => expect(limitOf(text)).toEqual(limit));

  it.each([
    "",
    "10",
    "10 per 1h",
    "0 calls per 1h",
    "-1 calls per 1h",
    "1.5 calls per 1h",
    "0.0000001 usd per 1h",
    "10 things per 1h",
    "10 constructor per 1h",
    "10 calls per 1",
    "10 calls per 0h",
    "10 calls per 32d",
    "10 calls per 1w",
    "9999999999999 items per 1h",
    "3 items at once per agent",
    "3 calls at once per 1h",
    "10 calls per 1h per everybody",
    "10 calls per 1h per agent and agent",
    "10 calls per 1h per agent, tool",
    " 10 calls per 1h",
    "10  calls per 1h",
    "10 calls per 1h\n",
  ])("refuses %j", (text) => expect(limitOf(text)).toBeNull());
});
