import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalize } from "./canonical.ts";
import type { Json } from "./json.ts";
import { JSON_LIMITS, parseStrict } from "./strict.ts";

/** The value, or the error code. */
function read(text: string, limits = JSON_LIMITS): Json | string {
  const parsed = parseStrict(text, limits);
  return parsed.ok ? parsed.value : parsed.error.code;
}

function refusal(text: string): { readonly code: string; readonly at: number } | null {
  const parsed = parseStrict(text);
  return parsed.ok ? null : parsed.error;
}

/** Objects from JSON.parse have a prototype, the reader's have none: compared by their text. */
const same = (value: Json): string => JSON.stringify(value);

describe("accepted", () => {
  it.each([
    "null",
    "true",
    "false",
    '""',
    "0",
    "-1",
    "[]",
    "{}",
    " \t\r\n[ 1 , 2 ] \n",
    '{"a":{"b":[1,"x",null]},"":0}',
    '"\\u00e9\\n\\"\\\\\\/\\b\\f\\r\\t"',
    '"\\ud83d\\ude00"',
    '"😀 é \u007f \u2028"',
    `"${"long ".repeat(40)}"`,
    `"${"long ".repeat(40)}\\\\"`,
    `["${"x".repeat(70)}\\"","y"]`,
    "[0.1,-0.5,1.0,1.50,1e2,1E+2,2.5e-3,123456789012345,9007199254740991,-9007199254740991]",
    "[1.7976931348623157e308,5e-324,0.0,0e5,1e-7]",
    '{"constructor":1,"toString":2,"hasOwnProperty":3}',
  ])("%s", (text) => {
    const parsed = parseStrict(text);
    expect(parsed.ok && same(parsed.value)).toBe(same(JSON.parse(text) as Json));
  });

  it("objects inherit nothing", () => {
    const value = read('{"a":{}}') as { readonly a: Json };
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.getPrototypeOf(value.a)).toBeNull();
  });
});

describe("refused", () => {
  it.each([
    ["json.duplicate_key", '{"a":1,"a":2}', 7],
    ["json.duplicate_key", '{"a":1,"\\u0061":2}', 7],
    ["json.duplicate_key", '[{"x":{"":1,"":2}}]', 12],
    ["json.forbidden_key", '{"__proto__":1}', 1],
    ["json.forbidden_key", '{"\\u005f_proto__":{}}', 1],
    ["json.number", "9007199254740993", 0],
    ["json.number", "9007199254740992", 0],
    ["json.number", "-9007199254740993", 0],
    ["json.number", "[1,1e400]", 3],
    ["json.number", "-1e400", 0],
    ["json.number", "1e-400", 0],
    ["json.number", "-0", 0],
    ["json.number", "-0.0", 0],
    ["json.number", "0.1000000000000000055511151231257827", 0],
    ["json.number", "12345678901234567890", 0],
    ["json.number", `1.${"0".repeat(70)}`, 0],
    ["json.surrogate", '"\\ud800"', 0],
    ["json.surrogate", '"\\udc00\\ud800"', 0],
    ["json.surrogate", '["ok","\ud800"]', 6],
    ["json.surrogate", '{"\\udfff":1}', 1],
    ["json.trailing", "1 2", 2],
    ["json.trailing", "{}{}", 2],
    ["json.trailing", "01", 1],
    ["json.trailing", "1.", 1],
    ["json.trailing", "1.e1", 1],
    ["json.trailing", "1e", 1],
    ["json.trailing", "null,", 4],
    ["json.trailing", "[]\u0000", 2],
    ["json.syntax", "", 0],
    ["json.syntax", " ", 1],
    ["json.syntax", "\ufeff{}", 0],
    ["json.syntax", "nul", 0],
    ["json.syntax", "True", 0],
    ["json.syntax", "NaN", 0],
    ["json.syntax", "-", 0],
    ["json.syntax", "-Infinity", 0],
    ["json.syntax", "+1", 0],
    ["json.syntax", ".5", 0],
    ["json.syntax", "'a'", 0],
    ["json.syntax", '"', 0],
    ["json.syntax", '"a', 0],
    ["json.syntax", '"\\"', 0],
    ["json.syntax", '"\\', 0],
    ["json.syntax", '"\\x41"', 0],
    ["json.syntax", '"\\u12g4"', 0],
    ["json.syntax", '"\\u12"', 0],
    ["json.syntax", '"a\nb"', 0],
    ["json.syntax", '"a\u0000b"', 0],
    ["json.syntax", "[1,]", 3],
    ["json.syntax", "[1 2]", 3],
    ["json.syntax", "[", 1],
    ["json.syntax", "{", 1],
    ["json.syntax", "{1:2}", 1],
    ["json.syntax", '{"a"}', 4],
    ["json.syntax", '{"a":}', 5],
    ["json.syntax", '{"a":1,}', 7],
    ["json.syntax", '{"a":1 "b":2}', 7],
    ["json.syntax", "[1}", 2],
    ["json.syntax", "/* c */ 1", 0],
    ["json.syntax", "\u00a01", 0],
  ])("%s: %s", (code, text, at) => {
    expect(refusal(text)).toEqual({ code, at });
  });
});

describe("numbers of text that is passed on, not decided on", () => {
  const nearest = (text: string): Json | string => {
    const parsed = parseStrict(text, JSON_LIMITS, "nearest");
    return parsed.ok ? parsed.value : parsed.error.code;
  };

  it.each([
    "9007199254740993",
    "-0",
    "0.1000000000000000055511151231257827",
    `1.${"0".repeat(99)}1`,
  ])("%s is read as the nearest double", (text) => expect(nearest(text)).toBe(Number(text)));

  it("what no double carries is refused all the same", () => {
    expect(nearest("1e400")).toBe("json.number");
    expect(nearest('{"a":1,"a":2}')).toBe("json.duplicate_key");
  });
});

describe("limits", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

  it("depth", () => {
    expect(read(nested(64))).not.toBe("json.depth");
    expect(read(nested(65))).toBe("json.depth");
    expect(read('{"a":'.repeat(65) + "1" + "}".repeat(65))).toBe("json.depth");
  });

  it("depth is refused before the stack is used", () => {
    expect(read(nested(10_000))).toBe("json.depth");
    expect(read("[".repeat(5_000_000))).toBe("json.depth");
  });

  it("a depth limit beyond the stack is the caller's bug and throws", () => {
    const limits = { depth: 1_000_000, nodes: 1_000_000 };
    expect(() => parseStrict(nested(500_000), limits)).toThrow(RangeError);
  });

  it("nodes", () => {
    const limits = { depth: 4, nodes: 3 };
    expect(read("[1,2]", limits)).toEqual([1, 2]);
    expect(read("[1,2,3]", limits)).toBe("json.nodes");
    expect(read('{"a":1,"b":2,"c":3}', limits)).toBe("json.nodes");
    expect(read(`[${"0,".repeat(JSON_LIMITS.nodes)}0]`)).toBe("json.nodes");
  });

  // Each took time that grows with the square of its length in some parser.
  it.each([
    ["a number of zeros", `1.${"0".repeat(4_000_000)}1`, "json.number"],
    ["a number of digits", "9".repeat(4_000_000), "json.number"],
    ["quotes behind backslashes", `"${'\\\\\\"'.repeat(1_000_000)}`, "json.syntax"],
    ["an open string", `["${"a".repeat(4_000_000)}`, "json.syntax"],
    ["white space", " ".repeat(4_000_000), "json.syntax"],
  ])(
    "reads %s of 4 MB in linear time",
    (_, text, code) => {
      expect(read(text)).toBe(code);
    },
    5_000,
  );

  it("reads a huge document", () => {
    const rows = Array.from({ length: 50_000 }, (_, id) => ({ id, name: `row ${id}`, ok: true }));
    expect(same(read(JSON.stringify(rows)))).toBe(JSON.stringify(rows));
  });
});

describe("properties", () => {
  const json = fc.jsonValue({ stringUnit: "binary" }).map((value) => JSON.stringify(value));
  /** White space wherever JSON allows it, so that the text is not only what a serializer writes. */
  const spaced = fc
    .tuple(fc.jsonValue(), fc.constantFrom(0, 1, 3, "\t", "\r\n "))
    .map(([value, indent]) => JSON.stringify(value, null, indent));
  /** Texts near JSON: one code unit of a document replaced, dropped or doubled. */
  const broken = fc
    .tuple(
      json,
      fc.nat(),
      fc.constantFrom("", '"', "\\", "{", "}", ",", ":", "0", "-", ".", "e", "\u0000"),
    )
    .map(([text, seed, unit]) => {
      const at = seed % (text.length + 1);
      return text.slice(0, at) + unit + text.slice(at + (seed % 2));
    });

  it("agrees with JSON.parse wherever it accepts, and accepts nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(json, spaced, broken, fc.string()), (text) => {
        const parsed = parseStrict(text);
        if (parsed.ok) expect(same(parsed.value)).toBe(same(JSON.parse(text) as Json));
        else if (parsed.error.code === "json.syntax" || parsed.error.code === "json.trailing")
          expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });

  it("accepts what a serializer writes, except for what is refused by name", () => {
    fc.assert(
      fc.property(json, (text) => {
        const parsed = parseStrict(text);
        expect(parsed.ok || parsed.error.code).toSatisfy(
          (result: true | string) =>
            result === true ||
            ["json.number", "json.surrogate", "json.forbidden_key"].includes(String(result)),
        );
      }),
    );
  });

  it("a number is accepted exactly when a double carries it as written", () => {
    const literal = fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: -30, max: 10 }))
      .map(([digits, exponent]) => `${digits}e${exponent}`);
    fc.assert(
      fc.property(literal, (text) => {
        const [digits, exponent] = text.split("e") as [string, string];
        const scale = 10n ** 400n;
        const wanted = (BigInt(digits) * scale) / 10n ** BigInt(-Number(exponent) + 100);
        const [own = "", power = "0"] = Number(text).toExponential().split("e");
        const [whole = "", fraction = ""] = own.split(".");
        const carried =
          (BigInt(whole + fraction) * scale) /
          10n ** BigInt(-(Number(power) - fraction.length) + 100);
        expect(parseStrict(text).ok).toBe(wanted === carried);
      }),
      { numRuns: 1_000 },
    );
  });

  it("canonicalize after parse is idempotent", () => {
    fc.assert(
      fc.property(spaced, (text) => {
        const parsed = parseStrict(text);
        if (!parsed.ok) return;
        const once = canonicalize(parsed.value);
        const again = parseStrict(once);
        expect(again.ok && canonicalize(again.value)).toBe(once);
      }),
    );
  });
});
