import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Bylaw, bylaw } from "../src/client.ts";
import type { Action, Outcome, Verdict } from "../src/types.ts";

export const ALLOWED: Verdict = {
  action: "act_1",
  outcome: "allow",
  allowed: true,
  code: "policy.permit",
  policy: "p",
  reason: "r",
  record: 3,
  receipt: null,
  approval: null,
};
export const HELD: Verdict = {
  ...ALLOWED,
  outcome: "require_approval",
  allowed: false,
  code: "delete.ask",
  approval: "apr_1",
};
export const BLOCKED: Verdict = { ...ALLOWED, outcome: "block", allowed: false, code: "never" };

/** A gateway on loopback that answers as it is told, and keeps what it was asked. */
export interface Gateway {
  readonly asked: Action[];
  readonly reported: Outcome[];
  /** In: its answers, one after the other; the last one stays. */
  answer(...verdicts: readonly [Verdict, ...Verdict[]]): void;
  readonly client: Bylaw;
  close(): void;
}

export async function startGateway(): Promise<Gateway> {
  const asked: Action[] = [];
  const reported: Outcome[] = [];
  let answers: readonly Verdict[] = [ALLOWED];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      if (request.url?.endsWith("/outcome") === true) {
        reported.push(JSON.parse(text) as Outcome);
        return response.end("{}");
      }
      asked.push(JSON.parse(text) as Action);
      const [next = BLOCKED, ...later] = answers;
      if (later.length > 0) answers = later;
      return response.end(JSON.stringify(next));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    reported,
    answer: (...verdicts) => {
      answers = verdicts;
      asked.length = 0;
      reported.length = 0;
    },
    client: bylaw({ url: `http://127.0.0.1:${port}`, token: "byl_x", timeoutMs: 5_000 }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
