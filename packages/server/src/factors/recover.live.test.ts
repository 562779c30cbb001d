import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Key, newKey, proven } from "../../testdata/factors.ts";
import { createPlace, type Place } from "../../testdata/running.ts";
import { openStopped } from "../host/stopped.ts";
import { type RecoveryError, recoverFactors } from "./recover.ts";

const CONFIG = "version: 1\npeople: { dana: {} }\nagents: { coder: { user: dana } }\npacks: []\n";

let place: Place;
let lost: Key;

beforeEach(async () => {
  place = createPlace({ "bylaw.yaml": CONFIG });
  await place.start();
  lost = newKey();
  const body = { person: "dana", as: "dana", publicKey: lost.publicKey };
  const { status } = await place.admin("POST", "/factors/keys", body);
  if (status !== 201) throw new Error("no key");
  await place.stop();
});
afterEach(() => place.end());

/** On the folder of the gateway, which does not run. */
async function recovered(
  person: string,
  publicKey: string,
): Promise<{ readonly removed: number } | { readonly error: RecoveryError }> {
  const store = await openStopped(place.data);
  try {
    const asked = { person, publicKey, reason: "her laptop is gone", by: "root" };
    return await recoverFactors(store, asked, Date.now());
  } finally {
    await store.close();
  }
}

/** Whether this key adds an agent in Dana's name. */
async function widens(key: Key, id: string): Promise<number> {
  return (await proven(place, key, "/agents", { id }, { "bylaw-person": "dana" })).status;
}

describe("somebody who has lost the only factor", () => {
  it("gets another in its place, and the log says that nobody vouched for it", async () => {
    const key = newKey();
    expect(await recovered("dana", key.publicKey)).toMatchObject({ removed: 1 });
    await place.start();
    expect((await place.admin("POST", "/agents", { id: "a" })).body["error"]).toMatch(/^factor\./);
    expect(await widens(lost, "b")).toBe(403);
    expect(await widens(key, "c")).toBe(201);
    const records = await place.records();
    const alarm = records.findIndex(
      (one) => one.kind === "alarm" && one.code === "factor.recovered",
    );
    expect(records[alarm]).toMatchObject({ by: "root", text: expect.stringContaining("laptop") });
    expect(records.slice(alarm + 1, alarm + 3)).toMatchObject([
      { kind: "change", subject: "factor", before: null, by: "(recovery)" },
      { kind: "change", subject: "factor", after: null, by: "(recovery)" },
    ]);
  });

  it.each<[string, string, RecoveryError]>([
    ["who never had one", "eve", "factor.not_found"],
    ["by a key that is none", "dana", "factor.public_key"],
  ])("gets nothing %s, and nothing changes", async (_, person, error) => {
    const key = error === "factor.public_key" ? "AAAA" : newKey().publicKey;
    expect(await recovered(person, key)).toEqual({ error });
    await place.start();
    expect(await widens(lost, "b")).toBe(201);
    expect((await place.records()).some(({ kind }) => kind === "alarm")).toBe(false);
  });

  it("keeps the key that is enrolled already", async () => {
    expect(await recovered("dana", lost.publicKey)).toEqual({ error: "factor.exists" });
    await place.start();
    expect(await widens(lost, "b")).toBe(201);
  });

  it("gets nothing while the gateway runs", async () => {
    await place.start();
    await expect(recovered("dana", newKey().publicKey)).rejects.toMatchObject({
      code: "store.owned",
    });
  });
});
