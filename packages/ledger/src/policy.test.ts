import { describe, expect, it } from "vitest";
import { encodeCheckpoint } from "./checkpoint.ts";
import { type Cosigner, encodeWitnessKey, parseWitnessKey } from "./cosignature.ts";
import { EMPTY_ROOT } from "./hash.ts";
import { encodeSigningKey, parseSigningKey } from "./key.ts";
import { signatureLine, signNote } from "./note.ts";
import { assess, parsePolicy } from "./policy.ts";

const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const log = take(parseSigningKey(encodeSigningKey("log", seed(1))));
const cosigner = (fill: number): Cosigner =>
  take(parseWitnessKey(encodeWitnessKey(`key-${fill}`, seed(fill))));
const [a, b, c] = [cosigner(2), cosigner(3), cosigner(4)] as const;
const text = encodeCheckpoint({ origin: "log", size: 7, root: EMPTY_ROOT });

const WITNESSES = `witness A ${a.vkey}\nwitness B ${b.vkey} https://b.example/\nwitness C ${c.vkey}\n`;
const TWO_OF_THREE = `# two of three\nlog ${log.vkey} https://log.example/log\n${WITNESSES}\tgroup all-of-us  2 A B C\nquorum all-of-us\n`;

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

function cosigned(...by: readonly (readonly [Cosigner, number])[]): string {
  const lines = by.map(([who, time]) => signatureLine(who.cosign(text, time)));
  return signNote(text, [log]) + lines.join("");
}

const ALWAYS = { since: 0, until: Number.MAX_SAFE_INTEGER };

describe("a policy", () => {
  it("reads logs, witnesses, groups and the quorum", () => {
    const policy = take(parsePolicy(TWO_OF_THREE));
    expect(policy.logs).toMatchObject([{ vkey: log.vkey, url: "https://log.example/log" }]);
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ["A", null],
      ["B", "https://b.example/"],
      ["C", null],
    ]);
  });

  it.each([
    [["A", "B"], true],
    [["B", "C"], true],
    [["A"], false],
    [[], false],
  ])("of two out of three with %j is met: %s", (names, met) => {
    expect(take(parsePolicy(TWO_OF_THREE)).met(new Set(names))).toBe(met);
  });

  it.each([
    ["quorum none", [], true],
    [`${WITNESSES}quorum B`, ["B"], true],
    [`${WITNESSES}quorum B`, ["A", "C"], false],
    [`${WITNESSES}group g any A B\nquorum g`, ["B"], true],
    [`${WITNESSES}group g all A B\nquorum g`, ["B"], false],
    [`${WITNESSES}group g any A B\ngroup h all g C\nquorum h`, ["A", "C"], true],
    [`${WITNESSES}group g any A B\ngroup h all g C\nquorum h`, ["A", "B"], false],
  ])("%j with %j is met: %s", (written, names, met) => {
    expect(take(parsePolicy(written)).met(new Set(names))).toBe(met);
  });

  it.each([
    ["no quorum", WITNESSES],
    ["two quorums", "quorum none\nquorum none"],
    ["an unknown keyword", "witnesses A\nquorum none"],
    ["an unknown quorum", "quorum A"],
    ["a use before the definition", `group g any A\n${WITNESSES}quorum g`],
    ["a name twice", `witness A ${a.vkey}\nwitness A ${b.vkey}\nquorum none`],
    ["a witness called none", `witness none ${a.vkey}\nquorum none`],
    ["one key twice", `witness A ${a.vkey}\nwitness B ${a.vkey}\nquorum none`],
    ["a threshold of nothing", `${WITNESSES}group g 0 A\nquorum g`],
    ["a threshold over the members", `${WITNESSES}group g 3 A B\nquorum g`],
    ["a threshold with a sign", `${WITNESSES}group g +1 A\nquorum g`],
    ["a group without members", `${WITNESSES}group g all\nquorum g`],
    ["a member of two groups", `${WITNESSES}group g any A\ngroup h any A\nquorum g`],
    ["a log's key as a witness", `witness A ${log.vkey}\nquorum none`],
    ["a witness's key as a log", `log ${a.vkey}\nquorum none`],
    ["a carriage return", "quorum none\r"],
  ])("with %s is refused with the line", (_, written) => {
    expect(parsePolicy(written)).toMatchObject({
      error: { code: "policy.malformed", message: expect.stringMatching(/^policy line \d+: /) },
    });
  });

  it("takes one key for one witness, whatever the name in it", () => {
    const other = take(parseWitnessKey(encodeWitnessKey("another", seed(2)))).vkey;
    expect(parsePolicy(`witness A ${a.vkey}\nwitness B ${other}\nquorum none`).ok).toBe(false);
  });
});

describe("an assessment", () => {
  const policy = take(parsePolicy(TWO_OF_THREE));

  it("counts cosignatures and names the oldest", () => {
    expect(take(assess(policy, cosigned([a, 100], [c, 50]), ALWAYS))).toEqual({
      met: true,
      witnesses: ["A", "C"],
      oldest: 50,
    });
    expect(take(assess(policy, cosigned([a, 100], [a, 101]), ALWAYS)).met).toBe(false);
    expect(take(assess(policy, cosigned(), ALWAYS))).toMatchObject({ met: false, oldest: null });
  });

  it("leaves out what is too old or of the future", () => {
    const note = cosigned([a, 100], [b, 200], [c, 300]);
    expect(take(assess(policy, note, { since: 150, until: 250 })).witnesses).toEqual(["B"]);
    expect(take(assess(policy, note, { since: 200, until: 300 })).met).toBe(true);
  });

  it("refuses a note in which a known witness's line does not verify", () => {
    const forged = signNote(text, [log]) + signatureLine(a.cosign(text.replace("7", "8"), 1));
    expect(assess(policy, forged, ALWAYS)).toMatchObject({ error: { code: "note.signature" } });
  });
});
