import { type JsonObject, parseStrict, RECEIPT_KEY } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withReceipt } from "./receipt.ts";

const RECEIPT = {
  origin: "test",
  index: 7,
  leaf: Buffer.alloc(32, 1).toString("base64"),
  checkpoint: 'test\n8\n"root"\n\n\u2014 test AAAA\n',
};

/** What a client reads of a response, and its bytes, once the receipt is in it. */
function added(text: string): { readonly text: string; readonly value: JsonObject } {
  const before = parseStrict(text, undefined, "nearest");
  if (!before.ok) throw new Error(before.error.code);
  const { result } = before.value as { result: JsonObject };
  const after = Buffer.from(withReceipt(Buffer.from(text), result, RECEIPT)).toString("utf8");
  const parsed = parseStrict(after, undefined, "nearest");
  if (!parsed.ok) throw new Error(`${parsed.error.code}: ${after}`);
  return { text: after, value: parsed.value as JsonObject };
}

/** The response without the one member that was added. */
function without(value: JsonObject, kept: boolean): unknown {
  const plain = JSON.parse(JSON.stringify(value)) as { result: { _meta?: JsonObject } };
  const { [RECEIPT_KEY]: receipt, ...meta } = plain.result._meta ?? {};
  expect(receipt).toEqual(RECEIPT);
  if (kept) plain.result._meta = meta;
  else delete plain.result._meta;
  return plain;
}

describe("a receipt", () => {
  it.each([
    ["members and blanks", '\n{ "id" : "a\\"}" , "result" :\t{ "content": [ {"a":"}"} ] } }'],
    ["the result last, after an id with braces", '{"id":"{\\\\","jsonrpc":"2.0","result":{"x":1}}'],
    ["the result first", '{"result":{"x":[[],{}]},"jsonrpc":"2.0","id":-1}'],
    ["an escaped key", '{"\\u0072esult":{"x":true},"jsonrpc":"2.0","id":1}'],
    ["a value that looks like the key", '{"id":"result","jsonrpc":"2.0","result":{"result":null}}'],
  ])("goes into a result with %s, and nothing else changes", (_, text) => {
    const { value } = added(text);
    expect(without(value, false)).toEqual(JSON.parse(text));
  });

  it.each([
    ["empty", '{"id":1,"jsonrpc":"2.0","result":{"content":[1.50,"\\\\"],"_meta":{}}}'],
    ["with members", '{"id":1,"jsonrpc":"2.0","result":{"_meta":{"a":{"b":"]"}},"n":1}}'],
    ["nested elsewhere too", '{"id":1,"jsonrpc":"2.0","result":{"a":{"_meta":5},"_meta":{"x":1}}}'],
  ])("joins a `_meta` that is there, %s", (_, text) => {
    expect(without(added(text).value, true)).toEqual(JSON.parse(text));
  });

  it("does not go into an empty result", () => {
    const text = '{"jsonrpc":"2.0","id":1,"result":{}}';
    expect(Buffer.from(withReceipt(Buffer.from(text), {}, RECEIPT)).toString()).toBe(text);
  });

  it("takes the place of one that the upstream wrote", () => {
    const forged = `{"id":1,"jsonrpc":"2.0","result":{"_meta":{"a":1,"${RECEIPT_KEY}":{"index":0}}}}`;
    const { value, text } = added(forged);
    expect(without(value, true)).toEqual({ id: 1, jsonrpc: "2.0", result: { _meta: { a: 1 } } });
    expect(text.split(RECEIPT_KEY)).toHaveLength(2);
  });

  it("leaves a `_meta` that is no object alone", () => {
    const text = '{"id":1,"jsonrpc":"2.0","result":{"_meta":5}}';
    const bytes = Buffer.from(text);
    expect(withReceipt(bytes, { _meta: 5 }, RECEIPT)).toBe(bytes);
  });

  it("keeps every other byte, whatever the result", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()).filter((result) => !("_meta" in result)),
        fc.constantFrom(0, 1, 2),
        (result, indent) => {
          const text = JSON.stringify({ jsonrpc: "2.0", id: 1, result }, null, indent);
          if (!parseStrict(text, undefined, "nearest").ok) return;
          const member = `"_meta":{"${RECEIPT_KEY}":${JSON.stringify(RECEIPT)}}`;
          const after = added(text).text;
          expect(after.replace(new RegExp(`${escaped(member)},?`), "")).toBe(text);
        },
      ),
    );
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
