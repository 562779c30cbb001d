import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameOf } from "../testing/frames.ts";
import { decodeFrame } from "./journal-frame.ts";
import type { Append } from "./log-writer.ts";

const bytes = fc.uint8Array({ maxLength: 200 });
const index = fc.integer({ min: 0, max: 2 ** 48 - 3 });
const appends: fc.Arbitrary<Append> = fc.record({
  entry: bytes,
  body: fc.option(fc.record({ digest: fc.stringMatching(/^sha256:[0-9a-f]{1,64}$/), bytes })),
  opens: fc.boolean(),
  closes: fc.oneof(fc.constant(null), fc.constant("earlier" as const), index),
});

/** The same with arrays of their own. */
function plain({ entry, body, opens, closes }: Append): unknown {
  const content = body && { digest: body.digest, bytes: [...body.bytes] };
  return { entry: [...entry], body: content, opens, closes };
}

describe("a frame", () => {
  it("says what it was made of, wherever it stands", () => {
    fc.assert(
      fc.property(index, appends, bytes, (number, append, before) => {
        const frame = frameOf(number, append);
        const decoded = decodeFrame(Buffer.concat([before, frame, before]), before.length);
        expect(decoded).toMatchObject({ index: number, length: frame.length });
        expect(decoded && plain(decoded.append)).toEqual(plain(append));
      }),
    );
  });

  it("that is cut off anywhere, or has one bit changed, is none", () => {
    fc.assert(
      fc.property(appends, fc.nat(), fc.nat({ max: 7 }), (append, nat, bit) => {
        const frame = frameOf(7, append);
        const at = nat % frame.length;
        expect(decodeFrame(frame.subarray(0, at), 0)).toBeNull();
        frame[at] = (frame[at] ?? 0) ^ (1 << bit);
        expect(decodeFrame(frame, 0)).toBeNull();
      }),
    );
  });

  it("is not found in what was never written", () => {
    expect(decodeFrame(Buffer.alloc(1_000), 0)).toBeNull();
    expect(decodeFrame(Buffer.alloc(0), 0)).toBeNull();
  });
});
