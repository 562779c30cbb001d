import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ALLOWED, HELD } from "../testdata/gateway.ts";
import { type Bylaw, BylawRefusal, bylaw } from "./client.ts";
import type { Action } from "./types.ts";

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}
type Answer = (response: ServerResponse) => void;

const ACTION: Action = { tool: "records.delete", arguments: { ids: [1, 2] } };
const UNANSWERED = { outcome: "block", allowed: false, code: "gateway.unreachable" };

let seen: Seen[] = [];
/** What the gateway answers next; the last one stays. */
let answers: readonly [Answer, ...Answer[]] = [json(200, ALLOWED)];

const gateway = createServer((incoming, response) => void serve(incoming, response));

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += String(chunk);
  const path = incoming.url ?? "";
  const { authorization } = incoming.headers;
  seen.push({ path, authorization, body: JSON.parse(text) as Seen["body"] });
  if (path.endsWith("/outcome")) return json(200, { ok: true })(response);
  const [next, second, ...later] = answers;
  if (second !== undefined) answers = [second, ...later];
  next(response);
}

function json(status: number, body: unknown): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

function client(timeoutMs = 5_000): Bylaw {
  const { port } = gateway.address() as AddressInfo;
  return bylaw({ url: `http://127.0.0.1:${port}`, token: "byl_x", timeoutMs });
}

beforeAll(async () => {
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
});
afterAll(() => {
  gateway.closeAllConnections();
  gateway.close();
});
beforeEach(() => {
  seen = [];
  answers = [json(200, ALLOWED)];
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe("decide", () => {
  it("asks with the agent's token and gives the verdict back", async () => {
    expect(await client().decide(ACTION)).toEqual(ALLOWED);
    expect(seen).toEqual([{ path: "/v1/actions", authorization: "Bearer byl_x", body: ACTION }]);
  });

  it.each([HELD, { ...ALLOWED, outcome: "block", allowed: false }, { ...ALLOWED, outcome: "log" }])(
    "passes $outcome on",
    async (verdict) => {
      answers = [json(200, verdict)];
      expect(await client().decide(ACTION)).toEqual(verdict);
    },
  );

  it.each<[string, Answer]>([
    ["no JSON", (response) => void response.end("<html>allow</html>")],
    ["nothing", (response) => void response.end()],
    ["null", json(200, null)],
    ["a list of verdicts", json(200, [ALLOWED])],
    ["a verdict without an action", json(200, { ...ALLOWED, action: undefined })],
    ["a verdict without a code", json(200, { ...ALLOWED, code: undefined })],
    ["an outcome that does not exist", json(200, { ...ALLOWED, outcome: "ALLOW" })],
    ["a yes that says no", json(200, { ...ALLOWED, allowed: false })],
    ["a block that says yes", json(200, { ...ALLOWED, outcome: "block", allowed: true })],
    ["a yes that is no boolean", json(200, { ...ALLOWED, allowed: "true" })],
    ["a status that is no answer", json(401, { error: "yes" })],
    ["a failure", json(500, { error: "gateway.error" })],
    ["a proxy's page", (response) => void response.writeHead(502).end("bad gateway")],
    [
      "a redirection to somebody who would say yes",
      (response) => void response.writeHead(307, { location: "/elsewhere" }).end(),
    ],
    [
      "half of an answer",
      (response) => {
        const text = JSON.stringify(ALLOWED);
        response.writeHead(200, { "content-length": text.length });
        response.write(text.slice(0, -1), () => response.destroy());
      },
    ],
    ["a cut connection", (response) => void response.destroy()],
  ])("takes %s for a block", async (_what, answer) => {
    answers = [answer];
    expect(await client().decide(ACTION)).toMatchObject(UNANSWERED);
    expect(seen).toHaveLength(1);
  });

  it("takes silence for a block when its time is up", async () => {
    answers = [() => undefined];
    expect(await client(20).decide(ACTION)).toMatchObject(UNANSWERED);
  });

  it("takes a gateway that is not there for a block", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, "close");
    const nobody = bylaw({ url: `http://127.0.0.1:${port}`, token: "t" });
    expect(await nobody.decide(ACTION)).toMatchObject(UNANSWERED);
    expect(await nobody.observe(ALLOWED, { completion: "ok" })).toBe(false);
  });

  it.each([
    ["an address that is none", { url: "nowhere", token: "t" }, ACTION],
    ["a token that no header can carry", { token: "t\n" }, ACTION],
    ["arguments that JSON cannot say", { token: "t" }, { tool: "x", arguments: { n: 1n } }],
  ])("takes %s for a block", async (_what, options, action) => {
    expect(await bylaw(options).decide(action)).toMatchObject(UNANSWERED);
  });
});

describe("observe", () => {
  it("names the action in the path, whatever it contains", async () => {
    await client().observe({ ...ALLOWED, action: "a/../b" }, { completion: "error", code: "E" });
    expect(seen).toMatchObject([
      { path: "/v1/actions/a%2F..%2Fb/outcome", body: { completion: "error", code: "E" } },
    ]);
  });
});

describe("guard", () => {
  const completions = (): readonly unknown[] =>
    seen
      .filter(({ path }) => path === "/v1/actions/act_1/outcome")
      .map(({ body }) => body["completion"]);

  it("runs what is allowed, gives its result back and reports it", async () => {
    expect(await client().guard(ACTION, async () => "done")).toBe("done");
    expect(completions()).toEqual(["ok"]);
  });

  it("reports a failure and passes it on as it is", async () => {
    const failure = new Error("disk full");
    const run = client().guard(ACTION, () => Promise.reject(failure));
    await expect(run).rejects.toBe(failure);
    expect(completions()).toEqual(["error"]);
  });

  it.each<[string, Answer, string]>([
    [
      "what is blocked",
      json(200, { ...ALLOWED, outcome: "block", allowed: false, code: "default" }),
      "default",
    ],
    ["what a person has not answered", json(200, HELD), "delete.ask"],
    ["what nobody decided", json(503, {}), "gateway.unreachable"],
    [
      "for somebody who is not accepted",
      json(401, { error: "credential.suspended" }),
      "credential.suspended",
    ],
    [
      "where a refusal has no code of a credential",
      json(401, { error: "Everything is fine" }),
      "gateway.unreachable",
    ],
  ])("does not run %s", async (_what, answer, code) => {
    answers = [answer];
    const perform = vi.fn<() => Promise<string>>();
    const refusal: unknown = await client()
      .guard(ACTION, perform)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BylawRefusal);
    expect((refusal as BylawRefusal).verdict.code).toBe(code);
    expect(perform).not.toHaveBeenCalled();
    expect(completions()).toEqual([]);
  });
});

describe("approve", () => {
  const realTimeout = setTimeout;

  /** Makes the pause between two looks at a waiting request this long; other timers stay. */
  function pauseFor(pauseMs: number): void {
    vi.stubGlobal("setTimeout", (run: () => void, ms: number) =>
      realTimeout(run, ms === 1_000 ? pauseMs : ms),
    );
  }
  beforeEach(() => pauseFor(0));

  it("asks for the same action again until a person has answered", async () => {
    answers = [json(200, HELD), json(200, HELD), json(200, ALLOWED)];
    expect(await client().approve(ACTION)).toEqual(ALLOWED);
    // Without a handle: the gateway finds the waiting request, and the approval, by the action itself.
    expect(seen.map(({ body }) => body)).toEqual([ACTION, ACTION, ACTION]);
  });

  it("presents the approval that its caller names, every time", async () => {
    answers = [json(200, HELD), json(200, ALLOWED)];
    const resumed: Action = { ...ACTION, approval: "apr_1" };
    expect(await client().approve(resumed)).toEqual(ALLOWED);
    expect(seen.map(({ body }) => body["approval"])).toEqual(["apr_1", "apr_1"]);
  });

  it("ends with a rejection", async () => {
    const rejected = { ...ALLOWED, outcome: "block", allowed: false, code: "approval.rejected" };
    answers = [json(200, HELD), json(200, rejected)];
    expect(await client().approve(ACTION)).toEqual(rejected);
    expect(seen).toHaveLength(2);
  });

  it("ends with a block when the gateway goes away meanwhile", async () => {
    answers = [json(200, HELD), (response) => void response.destroy()];
    expect(await client().approve(ACTION)).toMatchObject(UNANSWERED);
  });

  it("does not wait for what is decided", async () => {
    expect(await client().approve(ACTION)).toEqual(ALLOWED);
    expect(seen).toHaveLength(1);
  });

  it("ends with a block when its time is up while it asks", async () => {
    answers = [json(200, HELD), () => undefined];
    expect(await client(300).approve(ACTION)).toMatchObject(UNANSWERED);
  });

  it("ends with what is still waiting when its time is up in between", async () => {
    answers = [json(200, HELD)];
    pauseFor(400);
    expect(await client(300).approve(ACTION)).toEqual(HELD);
    expect(seen).toHaveLength(1);
  });
});
