import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { HeldAction } from "../api/approvals.ts";
import { type Asking, exchange } from "../log/exchange.ts";
import type { Batch } from "./approvals/batches.ts";
import { createNotifier, type Listed, messageOf, type NotifyOps, signature } from "./notify.ts";

const HELD: HeldAction = {
  id: "apr_1",
  state: "waiting",
  agent: "coder",
  session: "s",
  upstream: "db",
  operation: "tools/call",
  target: "drop",
  created: "2026-02-03T09:00:00.000Z",
  expires: "2026-02-03T09:15:00.000Z",
  summary: ['delete 1,200 rows: Table "customers"'],
  effects: [],
  requirements: [{ policy: "ask", reason: "rows are gone", approvers: [], quorum: 1 }],
  votes: [],
  arguments: { password: "hunter2" },
  original: null,
};
const BATCH: Batch = {
  id: "bat_7",
  agent: "coder",
  upstream: "db",
  target: "drop",
  members: ["apr_1", "apr_2", "apr_3"],
  total: ["delete 3,600 rows"],
  approvedBefore: 0,
  repeated: false,
};
const NONE: Listed = async () => [];
const CONFIG = {
  url: "http://127.0.0.1:1/hook",
  secret: { kind: "environment", variable: "KEY" },
  link: "https://bylaw.example.org/console/",
} as const;

/** A notifier whose answers are given, one after the other; resolves when it has said or sent so many. */
function notifier(statuses: readonly number[]) {
  const sent: Asking[] = [];
  const pauses: number[] = [];
  const lines: string[] = [];
  let changed: () => void = () => undefined;
  const ops: NotifyOps = {
    now: () => 1_770_109_200_000,
    pause: async (ms) => void pauses.push(ms),
    exchange: async (asking) => {
      sent.push(asking);
      changed();
      const status = statuses[sent.length - 1] ?? 200;
      if (status === 0) throw new Error("nobody there");
      return { status, type: "", bytes: new Uint8Array() };
    },
  };
  const log = (line: string): void => {
    lines.push(line);
    changed();
  };
  const until = async (done: () => boolean): Promise<void> => {
    while (!done())
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
  };
  return { ...createNotifier(CONFIG, "key", log, ops), sent, pauses, lines, until };
}

describe("a message", () => {
  it("is signed over its time and its bytes, and says no argument", async () => {
    const { tell, sent, until } = notifier([200]);
    tell(HELD, NONE);
    await until(() => sent.length === 1);
    const { body = "", headers } = sent[0] ?? expect.fail("a message");
    const mac = createHmac("sha256", "key").update(`1770109200.${body}`).digest("hex");
    expect(headers?.["bylaw-signature"]).toBe(`t=1770109200,v1=${mac}`);
    expect(signature("other", 1_770_109_200, body)).not.toContain(mac);
    expect(body).toContain("delete 1,200 rows");
    expect(body).not.toContain("hunter2");
    expect(body).toContain("https://bylaw.example.org/console/approvals/apr_1");
  });

  it("carries no markup that an agent could have written", () => {
    const evil = { ...HELD, target: "<!channel> <http://evil.example|click>\u202e" };
    const text = (messageOf([evil], null) as { text: string }).text;
    expect(text).toContain("&lt;!channel&gt;");
    expect(JSON.stringify(messageOf([evil], null))).not.toContain("\u202e");
    expect(JSON.stringify(messageOf([evil], null))).not.toContain("mrkdwn");
  });

  it("is one for a burst, with what all of it comes to, and opens exactly that", async () => {
    const { tell, sent, until } = notifier([]);
    for (const id of BATCH.members) tell({ ...HELD, id }, async () => [BATCH]);
    await until(() => sent.length === 1);
    const { body = "" } = sent[0] ?? expect.fail("a message");
    expect(body).toContain("3 actions of coder");
    expect(body).toContain("delete 3,600 rows");
    expect(body).not.toContain("1,200");
    expect(body).toContain('/approvals/bat_7"');
  });

  it.each<[string, Listed]>([
    ["has grown meanwhile", async () => [{ ...BATCH, members: [...BATCH.members, "apr_4"] }]],
    ["was answered in part", async () => [{ ...BATCH, members: ["apr_1"] }]],
    ["nobody can list", () => Promise.reject(new Error("gone"))],
  ])("names its requests where the batch %s", async (_, listed) => {
    const { tell, sent, until } = notifier([]);
    for (const id of BATCH.members) tell({ ...HELD, id }, listed);
    await until(() => sent.length === 1);
    expect(sent[0]?.body).toContain("1,200");
    expect(sent[0]?.body).not.toContain("bat_");
  });

  it("is not about the tools of two servers that have one name", async () => {
    const { tell, sent, until } = notifier([]);
    for (const upstream of ["db", "archive"]) tell({ ...HELD, upstream }, NONE);
    await until(() => sent.length === 2);
    expect(sent.map(({ body }) => /wants (\w+) drop/.exec(body ?? "")?.[1])).toEqual([
      "db",
      "archive",
    ]);
  });

  it("is never longer than chat services take", () => {
    const long = Array.from({ length: 100 }, (_, at) => `${at} `.repeat(300));
    const requirements = long.map((reason) => ({
      policy: "ask",
      reason,
      approvers: [],
      quorum: 1,
    }));
    const { blocks } = messageOf([{ ...HELD, summary: long, requirements }], null) as {
      readonly blocks: readonly { readonly text: { readonly text: string } }[];
    };
    expect(blocks.map(({ text }) => text.text.length <= 3_000)).toEqual([true, true]);
  });
});

describe("delivery", () => {
  it("is tried again, so often and no more", async () => {
    const { tell, sent, lines, pauses, until } = notifier([0, 500, 429, 503, 0]);
    tell(HELD, NONE);
    await until(() => lines.length === 1);
    expect(sent).toHaveLength(5);
    expect(pauses).toEqual([1_000, 0, 1_000, 4_000, 15_000, 60_000]);
    expect(lines[0]).toContain("notify.undelivered");
    expect(lines[0]).not.toContain("127.0.0.1");
  });

  it("is not tried again where the message itself is refused, and goes on with the next", async () => {
    const { tell, sent, lines, until } = notifier([403, 200]);
    tell(HELD, NONE);
    await until(() => lines.length === 1);
    tell({ ...HELD, id: "apr_2" }, NONE);
    await until(() => sent.length === 2);
    expect(sent[1]?.body).toContain("apr_2");
  });

  it("reaches a real listener", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (chunk: string) => void bodies.push(chunk));
      request.on("end", () => response.end("ok"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    const answered = once(server, "request");
    const ops = { exchange, now: () => 0, pause: async () => undefined };
    createNotifier({ ...CONFIG, url }, "key", () => undefined, ops).tell(HELD, NONE);
    const [request] = (await answered) as [{ headers: Record<string, string> }];
    expect(request.headers["bylaw-signature"]).toMatch(/^t=0,v1=[0-9a-f]{64}$/);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    expect(JSON.parse(bodies.join(""))).toMatchObject({ text: expect.stringContaining("apr_1") });
  });
});
