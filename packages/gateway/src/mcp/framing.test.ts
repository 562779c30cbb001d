import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLineSplitter, type Line } from "./lines.ts";
import { createSseReader, sseEvent } from "./sse.ts";
import { edgeId, oneLine, readWire, splitArray } from "./wire.ts";

/** Cuts bytes at the given places, in any order, doubled or out of range. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

const places = fc.array(fc.nat(), { maxLength: 20 });
const document = fc.json({ maxDepth: 3 });

function texts(lines: readonly Line[]): readonly string[] {
  return lines.map((line) =>
    line.kind === "line" ? Buffer.from(line.bytes).toString() : "oversize",
  );
}

describe("lines", () => {
  it("are the same wherever the chunks are cut", () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 5 }), places, (documents, where) => {
        const splitter = createLineSplitter(1_000_000);
        const bytes = Buffer.from(documents.map((text) => `${text}\n`).join(""));
        const lines = cut(bytes, where).flatMap((chunk) => splitter.push(chunk));
        expect(texts([...lines, ...splitter.end()])).toEqual(documents);
      }),
    );
  });

  it("hold no more than the limit, and show their ends", () => {
    const splitter = createLineSplitter(10);
    const lines = [
      ...splitter.push(Buffer.from(`head${"x".repeat(600)}`)),
      ...splitter.push(Buffer.from(`${"y".repeat(600)}tail\nnext\n`)),
    ];
    expect(lines[0]).toMatchObject({ kind: "oversize", length: 1208 });
    expect(lines[0]?.kind === "oversize" && lines[0].head.startsWith("head")).toBe(true);
    expect(lines[0]?.kind === "oversize" && lines[0].tail.endsWith("tail")).toBe(true);
    expect(texts(lines.slice(1))).toEqual(["next"]);
  });

  it("of exactly the limit pass", () => {
    expect(texts(createLineSplitter(4).push(Buffer.from("1234\n12345\n")))).toEqual([
      "1234",
      "oversize",
    ]);
  });
});

describe("server-sent events", () => {
  it("carry any message through any cuts", () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 5 }), places, (documents, where) => {
        const reader = createSseReader(1_000_000);
        const bytes = Buffer.concat(documents.map((text) => sseEvent(Buffer.from(text))));
        const events = cut(bytes, where).flatMap((chunk) => reader.push(chunk));
        const read = events.map((event) =>
          event.kind === "message" ? JSON.parse(Buffer.from(event.data).toString()) : event.kind,
        );
        expect(read).toEqual(documents.map((text) => JSON.parse(text)));
      }),
    );
  });

  const read = (text: string, limit = 100): readonly string[] =>
    createSseReader(limit)
      .push(Buffer.from(text))
      .map((event) => (event.kind === "message" ? Buffer.from(event.data).toString() : event.kind));

  it.each([
    ["data: a\n\n", ["a"]],
    ["data:a\r\n\r\ndata: b\r\rdata: c\n\n", ["a", "b", "c"]],
    ["data: 1\ndata: 2\n\n", ["1\n2"]],
    [": comment\nid: 1\nretry: 5\ndata: x\n\n", ["x"]],
    ["event: message\ndata: x\n\n", ["x"]],
    ["event: other\ndata: x\n\n", []],
    ["event: endpoint\ndata: /other\n\n", ["endpoint"]],
    ["id: 1\ndata:\n\n", []],
    ["data: cut off", []],
    ["data: cut off\n", []],
    [`data: ${"x".repeat(200)}\n\ndata: y\n\n`, ["oversize", "y"]],
    [`data: ${"x".repeat(60)}\ndata: ${"x".repeat(60)}\n\n`, ["oversize"]],
  ])("%j", (text, events) => {
    expect(read(text)).toEqual(events);
  });
});

describe("arrays", () => {
  it("are split where their elements end", () => {
    fc.assert(
      fc.property(fc.array(document), fc.constantFrom("", " ", "\n\t"), (documents, space) => {
        const text = `${space}[${documents.map((one) => `${space}${one}${space}`).join(",")}]${space}`;
        const expected = documents.length === 0 ? [""] : documents.map((one) => one.trim());
        expect(splitArray(text)).toEqual(expected);
      }),
    );
  });
});

describe("one line", () => {
  it("means the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = oneLine(Buffer.from(JSON.stringify(value, null, 2)));
        expect(bytes.includes(0x0a)).toBe(false);
        expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });
});

describe("any bytes", () => {
  it("are read or refused with a code, never thrown at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const wire = readWire(bytes, 10);
        expect(wire.ok || wire.error.code.includes(".")).toBe(true);
      }),
    );
  });
});

describe("the id at the edge of what is too long", () => {
  it.each([
    ['{"jsonrpc":"2.0","id":12,"method":', "xxx", 12],
    ["xxx", '"jsonrpc":"2.0","id":"a-1"}', "a-1"],
    ["xxx", '"id" : -3 }', -3],
    ["xxx", '"id":1.5}', null],
    ["xxx", '"id":{}}', null],
    ["xxx", "xxx", null],
  ])("%j … %j", (head, tail, id) => {
    expect(edgeId(head, tail)).toBe(id);
  });
});
