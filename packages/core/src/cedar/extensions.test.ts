import { describe, expect, test } from "vitest";
import { EvaluationFailure } from "./errors.ts";
import { EXTENSIONS } from "./extensions.ts";
import type { Value } from "./value.ts";

/** The plain part of what a function gives, or `error`. */
function apply(name: string, ...args: Value[]): unknown {
  try {
    const value = EXTENSIONS.get(name)?.(args);
    if (typeof value !== "object") return value;
    if (value.kind === "decimal") return value.units;
    if (value.kind === "datetime" || value.kind === "duration") return value.ms;
    return value.kind;
  } catch (error) {
    if (error instanceof EvaluationFailure) return "error";
    throw error;
  }
}

function make(name: string, text: string): Value {
  const value = EXTENSIONS.get(name)?.([text]);
  if (value === undefined) throw new Error(name);
  return value;
}

describe("what does not fit fails, with a code and in words", () => {
  const problem = (name: string, ...args: Value[]): unknown => {
    try {
      return EXTENSIONS.get(name)?.(args);
    } catch (error) {
      if (!(error instanceof EvaluationFailure)) throw error;
      return [error.code, error.message];
    }
  };
  test("a constructor of anything but a string", () => {
    expect(problem("ip", 1)).toEqual(["type", "`ip` wants a string"]);
  });
  test("a wrong number of arguments", () => {
    expect(problem("ip")).toEqual(["extension", "`ip` takes 1 arguments"]);
    expect(problem("offset", 1)).toEqual(["extension", "`offset` takes 2 arguments"]);
  });
  test("an argument of another type", () => {
    const message = ["type", "an argument is not of type ip"];
    for (const other of [1, "127.0.0.1", make("decimal", "1.0")])
      expect(problem("isLoopback", other)).toEqual(message);
  });
  test("a text that is no decimal", () => {
    expect(problem("decimal", "1")).toEqual(["extension", "`1` is not a decimal"]);
  });
});

describe("decimal", () => {
  test.each([
    ["0.1", 1000],
    ["-0.0", 0],
    ["12.3456", 123456],
    ["00.10", 1000],
    ["922337203685477.5807", 2n ** 63n - 1n],
    ["-922337203685477.5808", -(2n ** 63n)],
    ["922337203685477.5808", "error"],
    ["1", "error"],
    ["1.", "error"],
    [".1", "error"],
    ["+1.0", "error"],
    ["1.12345", "error"],
    ["1.0 ", "error"],
    ["1.0\n", "error"],
    ["١.٠", "error"],
  ])("`%s` is %s", (text, expected) => {
    expect(apply("decimal", text)).toBe(expected);
  });

  test("is compared by methods", () => {
    const [one, two] = [make("decimal", "1.0"), make("decimal", "2.0")];
    expect(apply("lessThan", one, two)).toBe(true);
    expect(apply("lessThanOrEqual", one, one)).toBe(true);
    expect(apply("greaterThan", one, two)).toBe(false);
    expect(apply("greaterThanOrEqual", two, one)).toBe(true);
    const all = ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"];
    const answers = (a: Value, b: Value) => all.map((name) => apply(name, a, b));
    expect(answers(one, two)).toEqual([true, true, false, false]);
    expect(answers(one, make("decimal", "1.0"))).toEqual([false, true, false, true]);
    expect(answers(two, one)).toEqual([false, false, true, true]);
    expect(apply("lessThan", one, 2)).toBe("error");
    expect(apply("lessThan", one)).toBe("error");
  });
});

describe("ip", () => {
  test("is of one version", () => {
    const [four, six] = [make("ip", "1.2.3.4"), make("ip", "::1")];
    expect([apply("isIpv4", four), apply("isIpv4", six)]).toEqual([true, false]);
    expect([apply("isIpv6", four), apply("isIpv6", six)]).toEqual([false, true]);
  });
  test.each([
    "0.0.0.0",
    "255.255.255.255/32",
    "10.0.0.0/0",
    "::",
    "::1/128",
    "1::",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8",
    "ABCD:ef01::/64",
    "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/128",
  ])("`%s` is an address", (text) => {
    expect(apply("ip", text)).toBe("ip");
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.0.0.1",
    "1.2.3.4/33",
    "1.2.3.4/",
    "1.2.3.4/08",
    "1.2.3.4/+8",
    "1.2.3.4/8/8",
    "-1.2.3.4",
    " 1.2.3.4",
    "0x1.2.3.4",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "g::",
    ":1",
    "::/129",
    "::ffff:1.2.3.4",
    "fe80::1%eth0",
    "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF/0128",
  ])("`%s` is none", (text) => {
    expect(apply("ip", text)).toBe("error");
  });

  test("answers about families and ranges", () => {
    const ip = (text: string) => make("ip", text);
    expect(apply("isIpv4", ip("1.2.3.4"))).toBe(true);
    expect(apply("isIpv6", ip("1.2.3.4"))).toBe(false);
    expect(apply("isIpv6", ip("::"))).toBe(true);
    expect(apply("isLoopback", ip("127.3.0.0/16"))).toBe(true);
    expect(apply("isLoopback", ip("127.0.0.0/7"))).toBe(false);
    expect(apply("isLoopback", ip("::1"))).toBe(true);
    expect(apply("isLoopback", ip("::1/127"))).toBe(false);
    expect(apply("isMulticast", ip("224.0.0.1"))).toBe(true);
    expect(apply("isMulticast", ip("240.0.0.1"))).toBe(false);
    expect(apply("isMulticast", ip("ff02::1"))).toBe(true);
    expect(apply("isInRange", ip("10.1.0.0/16"), ip("10.0.0.0/8"))).toBe(true);
    expect(apply("isInRange", ip("10.0.0.0/8"), ip("10.1.0.0/16"))).toBe(false);
    // The bits behind the prefix do not matter.
    expect(apply("isInRange", ip("10.1.0.0"), ip("10.255.255.255/8"))).toBe(true);
    expect(apply("isInRange", ip("9.255.255.255"), ip("10.0.0.0/8"))).toBe(false);
    expect(apply("isInRange", ip("10.0.0.1"), ip("::/0"))).toBe(false);
    expect(apply("isInRange", ip("::1"), "::/0")).toBe("error");
  });
});

const DAY = 86_400_000;

describe("datetime", () => {
  test.each([
    ["1970-01-01", 0],
    ["1970-01-01T00:00:00Z", 0],
    ["1970-01-01T00:00:00.123Z", 123],
    ["1970-01-01T01:00:00+0100", 0],
    ["1969-12-31T23:00:00.000-0100", 0],
    ["2024-02-29", 19782 * DAY],
    ["0000-02-29", -719469 * DAY],
    ["0099-12-31", -683004 * DAY],
    ["9999-12-31T23:59:59.999Z", 253402300799999],
    ["9999-12-31T23:59:59Z", 253402300799000],
    ["2023-02-29", "error"],
    ["1900-02-29", "error"],
    ["2024-04-31", "error"],
    ["2024-13-01", "error"],
    ["2024-00-01", "error"],
    ["2024-01-00", "error"],
    ["2024-01-01T24:00:00Z", "error"],
    ["2024-01-01T00:60:00Z", "error"],
    ["2024-01-01T00:00:60Z", "error"],
    ["2024-01-01T00:00:00", "error"],
    ["2024-01-01T00:00:00.1Z", "error"],
    ["2024-01-01T00:00:00+2400", "error"],
    ["2024-01-01T00:00:00+0060", "error"],
    ["2024-01-01T00:00:00+01:00", "error"],
    ["2024-01-01t00:00:00z", "error"],
    ["24-01-01", "error"],
    ["2024-1-1", "error"],
    ["", "error"],
  ])("`%s` is %s", (text, expected) => {
    expect(apply("datetime", text)).toBe(expected);
  });

  test("moves and splits", () => {
    const at = (text: string) => make("datetime", text);
    const for_ = (text: string) => make("duration", text);
    expect(apply("offset", at("1970-01-01"), for_("-1ms"))).toBe(-1);
    expect(apply("offset", at("1970-01-02"), for_("9223372036854775807ms"))).toBe("error");
    expect(apply("durationSince", at("1970-01-02"), at("1970-01-01"))).toBe(DAY);
    expect(apply("toDate", at("1970-01-01T23:00:00Z"))).toBe(0);
    expect(apply("toDate", at("1969-12-31T23:00:00Z"))).toBe(-DAY);
    expect(apply("toTime", at("1969-12-31T23:00:00Z"))).toBe(23 * 3_600_000);
    const first = EXTENSIONS.get("offset")?.([at("1970-01-01"), for_("-9223372036854775808ms")]);
    expect(apply("toDate", first as Value)).toBe("error");
    expect(apply("toTime", at("1970-01-01"), at("1970-01-01"))).toBe("error");
  });
});

describe("duration", () => {
  test.each([
    ["1d2h3m4s5ms", DAY + 2 * 3_600_000 + 3 * 60_000 + 4_000 + 5],
    ["1m", 60_000],
    ["1ms", 1],
    ["-1d1ms", -DAY - 1],
    ["-0s", 0],
    ["9223372036854775807ms", 2n ** 63n - 1n],
    ["-9223372036854775808ms", -(2n ** 63n)],
    ["9223372036854775808ms", "error"],
    ["99999999999999999999d", "error"],
    ["", "error"],
    ["-", "error"],
    ["1", "error"],
    ["1h1d", "error"],
    ["1d 1h", "error"],
    ["+1d", "error"],
    ["1.5d", "error"],
    ["1d-1h", "error"],
  ])("`%s` is %s", (text, expected) => {
    expect(apply("duration", text)).toBe(expected);
  });

  test("is truncated towards zero by the larger units", () => {
    const long = make("duration", "-1d23h59m59s999ms");
    expect(apply("toMilliseconds", long)).toBe(-172_799_999);
    expect(apply("toSeconds", long)).toBe(-172_799);
    expect(apply("toMinutes", long)).toBe(-2_879);
    expect(apply("toHours", long)).toBe(-47);
    expect(apply("toDays", long)).toBe(-1);
    expect(apply("toDays", 1)).toBe("error");
  });
});
