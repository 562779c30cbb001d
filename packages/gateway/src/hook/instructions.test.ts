import { describe, expect, it } from "vitest";
import type { Ruling } from "./client.ts";
import { createInstructionGuard, type InstructionOps, type Instructions } from "./instructions.ts";

const CHANGED: Instructions = { path: "/w/AGENTS.md", digest: "sha256:1", hidden: [] };
const OTHER: Instructions = { path: "/w/CLAUDE.md", digest: "sha256:2", hidden: ["hidden.bidi"] };
const REFUSED = { kind: "refuse", words: "no" } as const;

function memory(...found: readonly Instructions[]): InstructionOps & { accepted: Instructions[] } {
  const accepted: Instructions[] = [];
  return {
    accepted,
    unaccepted: () => found.filter((one) => !accepted.includes(one)),
    accept: (one) => void accepted.push(one),
  };
}

describe("instructions that have changed", () => {
  it("are asked about one after the other, and then remembered", async () => {
    const ops = memory(CHANGED, OTHER);
    const asked: string[] = [];
    const guard = createInstructionGuard(ops);
    const pass = ({ path }: Instructions): Promise<Ruling> => {
      asked.push(path);
      return Promise.resolve({ kind: "pass" });
    };
    expect(await guard.check("a", "/w", pass)).toBeNull();
    expect(await guard.check("a", "/w", pass)).toBeNull();
    expect(asked).toEqual([CHANGED.path, OTHER.path]);
  });

  it("refuse what was to be done, and are not remembered", async () => {
    const ops = memory(CHANGED);
    const guard = createInstructionGuard(ops);
    expect(await guard.check("a", "/w", () => Promise.resolve(REFUSED))).toBe(REFUSED);
    expect(ops.accepted).toEqual([]);
  });

  it("are asked about once for calls that come at once, and apart for each agent", async () => {
    const guard = createInstructionGuard(memory(CHANGED));
    let asked = 0;
    let resolve: (ruling: Ruling) => void = () => undefined;
    const answer = new Promise<Ruling>((done) => {
      resolve = done;
    });
    const ask = (): Promise<Ruling> => {
      asked += 1;
      return answer;
    };
    const checks = [guard.check("a", "/w", ask), guard.check("a", "/w", ask)];
    const apart = guard.check("b", "/w", ask);
    resolve(REFUSED);
    expect(await Promise.all([...checks, apart])).toEqual([REFUSED, REFUSED, REFUSED]);
    expect(asked).toBe(2);
  });

  it("refuse when nobody can tell what was accepted", async () => {
    const broken = { ...memory(), unaccepted: () => expect.fail("unreadable") };
    const guard = createInstructionGuard(broken);
    await expect(guard.check("a", "/w", () => Promise.resolve(REFUSED))).rejects.toThrow();
  });
});
