import { RECEIPT_KEY, type RecordReceipt } from "@bylaw/core";
import { describe, expect, it } from "vitest";
import { EMPTY_ROOT } from "./hash.ts";
import { encodeReceiptHeader, parseKept } from "./receipt.ts";

const NOTE = `log\n7\n${Buffer.from(EMPTY_ROOT).toString("base64")}\n\n\u2014 log AAAAAAAA\n`;
const RECEIPT: RecordReceipt = {
  origin: "log",
  index: 3,
  leaf: Buffer.from(EMPTY_ROOT).toString("base64"),
  checkpoint: NOTE,
};

describe("what somebody kept", () => {
  const result = { content: [], _meta: { [RECEIPT_KEY]: RECEIPT } };
  it.each([
    ["the receipt itself", JSON.stringify(RECEIPT)],
    ["`_meta`", JSON.stringify({ [RECEIPT_KEY]: RECEIPT, other: 1 }, null, 2)],
    ["a result", JSON.stringify(result)],
    ["a whole reply", JSON.stringify({ jsonrpc: "2.0", id: 1, result })],
    ["an error", JSON.stringify({ jsonrpc: "2.0", id: 1, error: { data: { receipt: RECEIPT } } })],
    ["a verdict", JSON.stringify({ outcome: "block", receipt: RECEIPT })],
    ["the header's value", encodeReceiptHeader(RECEIPT)],
    ["the header's line", `Bylaw-Receipt: ${encodeReceiptHeader(RECEIPT)}\r\n`],
  ])("reads as a receipt: %s", (_, text) => {
    expect(parseKept(text)).toEqual({ ok: true, value: RECEIPT });
  });

  it("reads as a checkpoint", () => {
    expect(parseKept(NOTE)).toEqual({ ok: true, value: { checkpoint: NOTE } });
  });

  it.each([
    "",
    "{}",
    "[]",
    "not a receipt",
    "bylaw-receipt: e30",
    JSON.stringify({ ...RECEIPT, index: -1 }),
    JSON.stringify({ ...RECEIPT, index: 1.5 }),
    JSON.stringify({ ...RECEIPT, leaf: "AAAA" }),
    JSON.stringify({ ...RECEIPT, checkpoint: 5 }),
    JSON.stringify(RECEIPT).replace('"index":3', '"index":3,"index":4'),
    `{${" ".repeat(70_000)}}`,
  ])("is refused where it reads as neither: %#", (text) => {
    expect(parseKept(text)).toMatchObject({ error: { code: "receipt.malformed" } });
  });
});
