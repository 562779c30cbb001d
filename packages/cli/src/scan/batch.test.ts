import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runBatch } from "./batch.ts";
import { linesOf } from "./lines.ts";

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function lines(
  bytes: Uint8Array,
  sizes: readonly number[],
  max?: number,
): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const line of linesOf(chunked(bytes, sizes), max))
    read.push(line.ok ? line.text : line.code);
  return read;
}

const batch = async (text: string | Uint8Array): Promise<readonly [readonly unknown[], number]> => {
  const written: unknown[] = [];
  const problems = await runBatch(
    chunked(Buffer.from(text), [3, 5]),
    (item) => {
      if (item === "throw") throw new Error("no");
      return { length: item.length };
    },
    async (line) => {
      written.push(JSON.parse(line));
      return true;
    },
  );
  return [written, problems];
};

describe("lines", () => {
  it("are the same however the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " "))),
        fc.array(fc.nat(20)),
        async (texts, sizes) => {
          const ended = texts.map((text) => `${text}\n`).join("");
          expect(await lines(Buffer.from(ended), sizes)).toEqual(texts);
        },
      ),
    );
  });

  it("need no end at the end of the file", async () => {
    expect(await lines(Buffer.from("a\n\nb"), [])).toEqual(["a", "", "b"]);
    expect(await lines(Buffer.from(""), [])).toEqual([]);
  });

  it("that are too long are skipped to their end", async () => {
    const bytes = Buffer.from("1234\n12345\nok\n123456");
    for (const sizes of [[], [2, 2, 2, 2, 2, 2, 2], [6, 3]])
      expect(await lines(bytes, sizes, 4)).toEqual([
        "1234",
        "line.too_long",
        "ok",
        "line.too_long",
      ]);
  });

  it("that are not UTF-8 say so", async () => {
    expect(await lines(Buffer.from([0xff, 0x0a, 0x61]), [])).toEqual(["line.encoding", "a"]);
  });
});

describe("a batch", () => {
  it("has one answer for each line, with its id, in order", async () => {
    const [written, problems] = await batch(
      '{"id":7,"text":"abc"}\n\n{"text":"","id":null,"x":1}\n',
    );
    expect(written).toEqual([
      { id: 7, length: 3 },
      { id: null, length: 0 },
    ]);
    expect(problems).toBe(0);
  });

  it.each([
    ["not json", null, "line.malformed"],
    ['"text"', null, "line.malformed"],
    ["[1]", null, "line.malformed"],
    ['{"id":"a","text":5}', "a", "line.malformed"],
    ['{"text":"no id"}', null, "line.malformed"],
    ['{"id":"b","text":"throw"}', "b", "line.failed"],
  ])("answers %s with an error and goes on", async (line, id, code) => {
    const [written, problems] = await batch(`${line}\n{"id":1,"text":"x"}\n`);
    expect(written).toEqual([
      { id, error: { code, message: expect.stringMatching(/./), line: 1 } },
      { id: 1, length: 1 },
    ]);
    expect(problems).toBe(1);
  });
});
