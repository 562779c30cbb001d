import type { Client } from "pg";
import type { StoredApproval } from "../approvals.ts";
import type { Announce } from "../held.ts";
import { REOPEN_MS, REOPEN_MS_MAX } from "../limits.ts";
import type { Driver } from "./connect.ts";

/** Where gateways tell each other which approval has changed: `<log>:<approval id>`, nothing else. */
export const CHANNEL = "bylaw_approval";

/**
 * Announces what other gateways change. It only makes waiting shorter: notifications are lost while
 * nobody listens, and whoever waits looks at the rows as well.
 */
export function startListener(
  driver: Driver,
  log: number,
  get: (id: string) => Promise<StoredApproval | null>,
  announce: Announce,
): { close(): Promise<void> } {
  let client: Client | null = null;
  let retry: NodeJS.Timeout | null = null;
  let pause_ms = REOPEN_MS;
  let ended = false;
  let opening: Promise<void> = open();

  async function open(): Promise<void> {
    const made = driver.client();
    const lost = (): void => {
      if (client !== made) return;
      client = null;
      again();
    };
    made.on("error", lost).on("end", lost);
    made.on("notification", ({ payload = "" }) => void heard(payload));
    try {
      await made.connect();
      client = made;
      await made.query(`LISTEN ${CHANNEL}`);
      pause_ms = REOPEN_MS;
    } catch {
      client = null;
      void made.end().catch(() => undefined);
      again();
    }
  }

  function again(): void {
    if (ended) return;
    retry = setTimeout(() => {
      opening = open();
    }, pause_ms);
    retry.unref();
    pause_ms = Math.min(pause_ms * 2, REOPEN_MS_MAX);
  }

  async function heard(payload: string): Promise<void> {
    const at = payload.indexOf(":");
    if (payload.slice(0, at) === String(log)) return;
    const id = payload.slice(at + 1);
    // What cannot be read now is looked at by whoever waits for it.
    const approval = await get(id).catch(() => null);
    if (approval !== null) announce([{ id, state: approval.state }], true);
  }

  return {
    async close(): Promise<void> {
      ended = true;
      if (retry !== null) clearTimeout(retry);
      await opening;
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}
