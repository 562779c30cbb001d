import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder } from "../testing/folders.ts";
import { type Journal, openJournal } from "./journal.ts";
import { createJournal, readJournal } from "./journal-files.ts";
import type { Append } from "./log-writer.ts";
import { createSignal } from "./signal.ts";

const ENTRY: Append = { entry: Buffer.from("{}"), body: null, opens: false, closes: null };

describe("a journal", () => {
  let folder: string;
  let journal: Journal;
  let writes: number;

  beforeEach(() => {
    folder = createFolder();
    createJournal(folder);
    writes = 0;
    journal = openJournal({
      folder,
      first: 0,
      signal: createSignal(),
      wake: () => {
        writes += 1;
      },
      failed: (error) => {
        throw error;
      },
    });
  });

  afterEach(async () => {
    await journal.drain();
    journal.end(new Error("the test is over"));
  });

  /** One after the other within one turn of the event loop, as requests that are read in it. */
  async function several(count: number): Promise<readonly number[]> {
    const indexes: Promise<number>[] = [];
    for (let at = 0; at < count; at += 1) {
      indexes.push(journal.append(ENTRY, "write"));
      await Promise.resolve();
      await Promise.resolve();
    }
    return Promise.all(indexes);
  }

  it("writes what comes alone without waiting for the turn of the event loop to end", async () => {
    let ended = false;
    const end = nextTurn().then(() => {
      ended = true;
    });
    expect(await journal.append(ENTRY, "write")).toBe(0);
    expect([writes, ended]).toEqual([1, false]);
    await end;
  });

  it("shares one write among all of a turn, once turns have several", async () => {
    await several(3);
    await nextTurn();
    const before = writes;
    expect(await several(5)).toEqual([3, 4, 5, 6, 7]);
    expect(writes).toBe(before + 1);
  });

  it("has everything in order, however it came", async () => {
    await Promise.all([several(2), journal.append(ENTRY, "soon"), journal.append(ENTRY, "sync")]);
    await journal.append(ENTRY, "soon");
    await several(1);
    expect(readJournal(folder).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
