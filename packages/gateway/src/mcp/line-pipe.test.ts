import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cancel } from "../cancel.ts";
import { createLinePipe, type LinePipe } from "./line-pipe.ts";

const SILENT_MS = 30_000;
const WAITING_BYTES = 1_000;

describe("the input of a program", () => {
  let got: string[];
  /** Takes what was written last, as a program does that reads. */
  let read: () => Promise<void>;
  let program: Writable;
  let pipe: LinePipe;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    got = [];
    let taken: (() => void) | null = null;
    program = new Writable({
      write(chunk: Buffer, _encoding, done) {
        got.push(chunk.toString());
        taken = done;
      },
    });
    read = async () => {
      taken?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    pipe = createLinePipe(program, SILENT_MS, WAITING_BYTES);
  });

  afterEach(() => vi.useRealTimers());

  const send = (text: string, signal: Cancel | null = null): Promise<string | null> =>
    pipe.send(Buffer.from(text), signal);

  it("gets one message at a time, each a line, in order", async () => {
    const sent = [send("a\n1"), send("b"), send("c")];
    expect(got).toEqual(["a 1\n"]);
    await read();
    expect(got).toEqual(["a 1\n", "b\n"]);
    await read();
    await read();
    expect(await Promise.all(sent)).toEqual([null, null, null]);
    expect(got).toEqual(["a 1\n", "b\n", "c\n"]);
  });

  it("may be busy for as long as it reads now and then", async () => {
    const sent = [send("a"), send("b"), send("c")];
    await vi.advanceTimersByTimeAsync(SILENT_MS - 1);
    await read();
    await vi.advanceTimersByTimeAsync(SILENT_MS - 1);
    await read();
    await read();
    expect(await Promise.all(sent)).toEqual([null, null, null]);
  });

  it("is given nothing more once it has read nothing for too long", async () => {
    const first = send("a");
    const others = [send("b"), send("c")];
    await vi.advanceTimersByTimeAsync(SILENT_MS);
    expect(await Promise.all(others)).toEqual(["upstream.stalled", "upstream.stalled"]);
    await read();
    expect(await first).toBeNull();
    expect(got).toEqual(["a\n"]);
  });

  it("has no more wait for it than the limit", async () => {
    const large = "x".repeat(WAITING_BYTES);
    const sent = [send("a"), send(large)];
    expect(await send("b")).toBe("upstream.stalled");
    await read();
    await read();
    expect(await Promise.all(sent)).toEqual([null, null]);
    const again = [send("c"), send(large)];
    await read();
    await read();
    expect(await Promise.all(again)).toEqual([null, null]);
  });

  it("does not get what was taken back while it waited", async () => {
    const cancel = new Cancel();
    const sent = [send("a"), send("b", cancel), send("c")];
    cancel.abort();
    await read();
    await read();
    expect(await Promise.all(sent)).toEqual([null, "upstream.cancelled", null]);
    expect(got).toEqual(["a\n", "c\n"]);
  });

  it("gets nothing of what waited when it has ended", async () => {
    const sent = [send("a"), send("b"), send("c")];
    program.destroy();
    expect(await Promise.all(sent)).toEqual([null, "upstream.closed", "upstream.closed"]);
    expect(await send("d")).toBe("upstream.closed");
    expect(got).toEqual(["a\n"]);
  });
});
