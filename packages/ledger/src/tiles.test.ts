import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import {
  bundlePath,
  decodeBundle,
  encodeBundle,
  parseTilePath,
  tileCount,
  tilePath,
  tileWidth,
} from "./tiles.ts";

describe("paths", () => {
  it("group the number as tlog-tiles does", () => {
    expect(tilePath(0, 1_234_067, 256)).toBe("tile/0/x001/x234/067");
    expect(tilePath(2, 0, 1)).toBe("tile/2/000.p/1");
    expect(bundlePath(273, 112)).toBe("tile/entries/273.p/112");
  });

  it("read back to what they name", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<number | "entries">("entries", 0, 1, 5),
        fc.integer({ min: 0, max: 2 ** 45 }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          const path =
            level === "entries" ? bundlePath(index, width) : tilePath(level, index, width);
          expect(parseTilePath(path)).toEqual({ level, index, width });
        },
      ),
    );
  });

  it.each([
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/00/000",
    "tile/0/x000/001",
    "tile/0/0",
    "tile/0/../000",
    "tile/0/000/",
    "tile/entries/000.p/300",
  ])("are refused in another spelling: %s", (path) => {
    expect(parseTilePath(path)).toBeNull();
  });
});

describe("widths", () => {
  it("are those of the specification's example of 70,000 entries", () => {
    expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000)]).toEqual([256, 112]);
    expect([tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000)]).toEqual([256, 17]);
    expect([tileWidth(2, 0, 70_000), tileWidth(3, 0, 70_000)]).toEqual([1, 0]);
    expect([0, 1, 2, 3].map((level) => tileCount(level, 70_000))).toEqual([274, 2, 1, 0]);
  });
});

describe("bundles", () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });

  it("hold entries without loss", () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(decodeBundle(encodeBundle(list), list.length)).toEqual({ ok: true, value: list });
      }),
    );
  });

  it("are refused when cut, extended or of another width", () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 5 }), (list, by) => {
        const bytes = encodeBundle(list);
        expect(decodeBundle(Buffer.concat([bytes, new Uint8Array(by)]), list.length).ok).toBe(
          false,
        );
        expect(decodeBundle(bytes, list.length + 1).ok).toBe(false);
        if (list.length === 0) return;
        expect(decodeBundle(bytes.subarray(0, -1), list.length).ok).toBe(false);
      }),
    );
  });

  it("hold no entry over 65,535 bytes", () => {
    const largest = new Uint8Array(ENTRY_BYTES_MAX).fill(7);
    expect(decodeBundle(encodeBundle([largest]), 1)).toEqual({ ok: true, value: [largest] });
    expect(() => encodeBundle([new Uint8Array(ENTRY_BYTES_MAX + 1)])).toThrow(RangeError);
  });
});
