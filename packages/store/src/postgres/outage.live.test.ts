import { expect, it, vi } from "vitest";
import { onPostgres } from "../../testing/backends.ts";
import { createFolder } from "../../testing/folders.ts";
import { intentOf, STOP } from "../../testing/records.ts";
import { claim, verified } from "../../testing/shared.ts";

const WAIT = { timeout: 60_000, interval: 50 };

onPostgres("two gateways whose server crashes", ({ open, peerOf, server, urlOf }) => {
  it("refuse everything while the server is gone, and come back by themselves", async () => {
    const folder = createFolder();
    const [first, second] = [await open(folder), await open(await peerOf(folder))];
    const code = { code: "ledger.unavailable" };
    let acknowledged = -1;
    let going = true;
    const writing = (async () => {
      for (let at = 0; going; at += 1) {
        const done = await first.log.append(intentOf(`${at}`), "sync", null).catch(() => null);
        if (done !== null) acknowledged = done.index;
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(20), WAIT);
    await server().crash();
    const before = acknowledged;
    await expect(second.reserve(claim("x"))).rejects.toMatchObject(code);
    await expect(second.grants()).rejects.toMatchObject(code);
    await expect(second.agents.byToken("t")).rejects.toMatchObject(code);
    await expect(second.alone("agent", async () => undefined)).rejects.toMatchObject(code);
    await vi.waitFor(() => expect(second.healthy()).toBe(false), WAIT);
    for (let refused = 0; refused < 3; refused += 1)
      await expect(second.log.append(STOP, "sync", null)).rejects.toMatchObject(code);
    await server().start();
    await vi.waitFor(() => {
      expect([first.healthy(), second.healthy()]).toEqual([true, true]);
      expect(acknowledged).toBeGreaterThan(before);
    }, WAIT);
    going = false;
    await writing;
    expect(await second.reserve(claim("x"))).toBe(true);
    // The first record after the outage tells of it.
    expect(JSON.parse(Buffer.from((await second.log.entry(0)) ?? []).toString())).toMatchObject({
      kind: "gap",
      code: "database.lost",
      refused: 3,
    });
    expect(await first.log.size()).toBeGreaterThan(acknowledged);
    const { vkey } = first.log;
    await first.close();
    expect(await verified(folder, await urlOf(folder), vkey)).toMatchObject({ ok: true });
  }, 150_000);
});
