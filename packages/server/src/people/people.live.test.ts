import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Authenticator,
  createAuthenticator,
} from "../../../identity/testdata/authenticator.ts";
import { newKey } from "../../testdata/factors.ts";
import { createPlace, type Place } from "../../testdata/running.ts";

const config = `
version: 1
workspaces: [ ./work ]
people: { olga: { groups: [ owners ] }, dana: { groups: [ dba ] }, dora: { groups: [ dba ] } }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
packs: [ base ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
watch: false
shadow: { share: 0 }
holds: { limit: 20ms, ttl: 10m, break_glass: [ 'Group::"dba"' ] }
factors: { listen: "127.0.0.1:0" }
`;
const RULES = `
@id("may") permit (principal is Agent, action == Action::"delete", resource is Table);
@id("ask") @decision("require_approval") @approvers("Group::\\"dba\\"") @waivable("scoped")
@reason("rows are gone once they are deleted")
forbid (principal is Agent, action == Action::"delete", resource is Table);
`;
const CATALOG = `
version: 1
tools:
  db/drop: { effects: [ { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 3 } ] }
`;

let place: Place;
let origin: string;
afterEach(() => place.end());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** What a browser sends; a test may say something else about where it comes from. */
function browse(
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { port, host } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: body === undefined ? "GET" : "POST",
        headers: { host, origin, "content-type": "application/json", ...headers },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () => {
          const json = String(answer.headers["content-type"]).includes("json");
          const value = json ? (JSON.parse(text) as Answer["body"]) : {};
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: value, text });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Dana, whose passkey is the first factor of all, made through the page. */
async function withPasskey(): Promise<Authenticator> {
  place = createPlace({
    "bylaw.yaml": config,
    "rules.cedar": RULES,
    "catalog.yaml": CATALOG,
    "work/notes.md": "",
  });
  expect(await place.start()).toBeNull();
  const begun = await place.admin("POST", "/factors/passkey", { person: "dana", as: "dana" });
  const link = new URL(String(begun.body["link"]));
  origin = link.origin;
  const device = createAuthenticator(origin);
  const secret = link.hash.slice(1);
  const options = (await browse("/people/enrol", { secret })).body;
  expect(options).toMatchObject({ person: "dana", domain: "localhost", known: [] });
  const made = device.make(String(options["challenge"]));
  expect(await browse("/people/made", { secret, made })).toMatchObject({
    status: 201,
    body: { person: "dana", kind: "passkey" },
  });
  expect((await browse("/people/made", { secret, made })).body["error"]).toBe("factor.not_pending");
  return device;
}

async function held(at: number): Promise<string> {
  const { body } = await place.act("db", "drop", { at });
  if (typeof body["approval"] === "string") return body["approval"];
  return expect.fail(`the action is held: ${JSON.stringify(body)}`);
}

async function login(device: Authenticator): Promise<string> {
  const { nonce, challenge } = (await browse("/people/begin", {})).body;
  const sent = { nonce, id: device.id, assertion: device.get(String(challenge)) };
  const { body } = await browse("/people/login", sent);
  expect(body).toMatchObject({ person: "dana" });
  expect((await browse("/people/login", sent)).body["error"]).toBe("factor.unknown_nonce");
  return String(body["session"]);
}

interface Asked {
  readonly statement: { readonly nonce: string; readonly covers: readonly string[] };
  readonly challenge: string;
  readonly passkeys: readonly { readonly factor: string }[];
}

async function ask(vote: object): Promise<Asked> {
  const { body } = await browse("/people/ask", vote);
  expect(body["error"]).toBeUndefined();
  return body as unknown as Asked;
}

const vote = (session: string, id: string, verdict = "approve", reason: string | null = null) => ({
  session,
  id,
  verdict,
  reason,
});

describe("the page of people", () => {
  it("answers by passkey, for exactly what was shown", async () => {
    const device = await withPasskey();
    const id = await held(1);
    const session = await login(device);
    const view = (await browse("/people/approval", { session, id })).body;
    expect(view["held"]).toMatchObject([{ id, arguments: { at: 1 } }]);
    const { statement, challenge, passkeys } = await ask(vote(session, id));
    expect(statement.covers).toEqual(view["covers"]);
    expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(false);
    const factor = passkeys[0]?.factor;
    const assertion = device.get(challenge);
    const sent = { ...vote(session, id), nonce: statement.nonce, factor, assertion };
    expect((await browse("/people/answer", sent)).body).toMatchObject({ id, state: "approved" });
    expect((await browse("/people/answer", sent)).body["error"]).toBe("factor.replayed");
    expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(true);
    const proof = (await place.records()).find(({ kind }) => kind === "proof");
    expect(proof).toMatchObject({
      by: "dana",
      method: "passkey",
      authenticator: { data: assertion.authenticatorData, client: assertion.clientData },
    });
  });

  it.each<[string, (sent: Record<string, unknown>, other: string) => object, string]>([
    ["another verdict", (sent) => ({ ...sent, verdict: "reject" }), "factor.other_request"],
    ["a reason", (sent) => ({ ...sent, reason: "well" }), "factor.other_request"],
    ["another request", (sent, other) => ({ ...sent, id: other }), "factor.other_request"],
    ["another nonce", (sent) => ({ ...sent, nonce: "AAAA" }), "factor.unknown_nonce"],
    ["another factor", (sent) => ({ ...sent, factor: "fac_other" }), "factor.unknown"],
    ["no session", (sent) => ({ ...sent, session: "AAAA" }), "people.session"],
  ])("takes no answer for %s", async (_, change, error) => {
    const device = await withPasskey();
    const [id, other] = [await held(1), await held(2)];
    const session = await login(device);
    const { statement, challenge, passkeys } = await ask(vote(session, id));
    const assertion = device.get(challenge);
    const sent = {
      ...vote(session, id),
      nonce: statement.nonce,
      factor: passkeys[0]?.factor,
      assertion,
    };
    expect((await browse("/people/answer", change(sent, other))).body["error"]).toBe(error);
    expect((await place.records()).some(({ kind }) => kind === "approval")).toBe(false);
  });

  it("does not take the passkey that reads for one that answers", async () => {
    const device = await withPasskey();
    const id = await held(1);
    const session = await login(device);
    const { statement, passkeys } = await ask(vote(session, id));
    const { challenge } = (await browse("/people/begin", {})).body;
    const assertion = device.get(String(challenge));
    const sent = {
      ...vote(session, id),
      nonce: statement.nonce,
      factor: passkeys[0]?.factor,
      assertion,
    };
    expect((await browse("/people/answer", sent)).body["error"]).toBe("factor.wrong");
  });

  describe("whatever can be answered", () => {
    /** Everything that a page does for one answer. */
    async function answered(
      device: Authenticator,
      id: string,
      said: object,
    ): Promise<Record<string, unknown>> {
      const session = await login(device);
      const view = (await browse("/people/approval", { session, id })).body;
      const sent = { session, id, reason: null, ...said };
      const { statement, challenge, passkeys } = await ask(sent);
      expect(statement.covers).toEqual(view["covers"]);
      const proof = { factor: passkeys[0]?.factor, assertion: device.get(challenge) };
      return (await browse("/people/answer", { ...sent, nonce: statement.nonce, ...proof })).body;
    }

    interface Waiting {
      readonly batches: readonly { readonly id: string; readonly members: readonly string[] }[];
      readonly followUps: readonly { readonly id: string }[];
    }
    const waiting = async (device: Authenticator): Promise<Waiting> =>
      (await browse("/people/waiting", { session: await login(device) })).body as never;

    it("answers a batch exactly as it was listed", async () => {
      const device = await withPasskey();
      const ids = [await held(1), await held(2)];
      const [batch] = (await waiting(device)).batches;
      expect(batch?.members).toEqual(ids);
      const id = batch?.id ?? "";
      const view = (await browse("/people/approval", { session: await login(device), id })).body;
      expect(view).toMatchObject({ held: ids.map((one) => ({ id: one })) });
      expect(JSON.stringify(view["total"])).toContain("6");
      const { answered: each } = await answered(device, id, { verdict: "approve" });
      expect(each).toMatchObject([{ state: "approved" }, { state: "approved" }]);
      const session = await login(device);
      expect((await browse("/people/approval", { session, id })).status).toBe(404);
    });

    it("does not answer a batch that has grown", async () => {
      const device = await withPasskey();
      await held(1);
      await held(2);
      const [batch] = (await waiting(device)).batches;
      const id = batch?.id ?? "";
      const session = await login(device);
      const sent = vote(session, id);
      const { statement, challenge, passkeys } = await ask(sent);
      await held(3);
      const proof = { factor: passkeys[0]?.factor, assertion: device.get(challenge) };
      const { body } = await browse("/people/answer", {
        ...sent,
        nonce: statement.nonce,
        ...proof,
      });
      expect(body["error"]).toBe("factor.changed");
      expect((await place.records()).some(({ kind }) => kind === "approval")).toBe(false);
    });

    it("says yes to more of the same, as often as was signed", async () => {
      const device = await withPasskey();
      const waiver = { forMs: 60_000, uses: 1, session: false };
      await answered(device, await held(1), { verdict: "approve", waiver });
      expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(true);
      expect((await place.act("db", "drop", { at: 2 })).body["allowed"]).toBe(true);
      expect((await place.act("db", "drop", { at: 3 })).body["allowed"]).toBe(false);
    });

    it("breaks the glass with a reason, and lets nobody look at what is their own", async () => {
      const device = await withPasskey();
      const id = await held(1);
      const bare = await answered(device, id, { verdict: "break-glass" });
      expect(bare["error"]).toBe("admin.invalid");
      const said = { verdict: "break-glass", reason: "payments are down" };
      expect(await answered(device, id, said)).toMatchObject({ state: "approved" });
      expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(true);
      expect((await waiting(device)).followUps).toMatchObject([{ id }]);
      const review = await answered(device, id, { verdict: "review", reason: "needed" });
      expect(review["error"]).toBe("approver.not_eligible");
    });

    it("offers other arguments, which are decided anew", async () => {
      const device = await withPasskey();
      const id = await held(1);
      // An agent that acts itself would act as it meant to.
      const edited = await answered(device, id, { verdict: "approve", arguments: { at: 9 } });
      expect(edited["error"]).toBe("approval.not_editable");
      expect((await place.act("db", "drop", { at: 9 })).body["allowed"]).toBe(false);
    });

    it.each<[string, object]>([
      ["another waiver", { waiver: { forMs: 60_000, uses: 1_000, session: false } }],
      ["other arguments", { arguments: { at: 2 } }],
      ["a broken glass", { verdict: "break-glass", reason: "now" }],
    ])("takes no signature of one answer for %s", async (_, more) => {
      const device = await withPasskey();
      const id = await held(1);
      const sent = vote(await login(device), id);
      const { statement, challenge, passkeys } = await ask(sent);
      const proof = { factor: passkeys[0]?.factor, assertion: device.get(challenge) };
      const other = { ...sent, ...more, nonce: statement.nonce, ...proof };
      expect((await browse("/people/answer", other)).body["error"]).toBe("factor.other_request");
    });
  });

  it("takes no copy that counts no more", async () => {
    const device = await withPasskey();
    await login(device);
    const { nonce, challenge } = (await browse("/people/begin", {})).body;
    for (const count of [0, 1]) {
      const assertion = device.get(String(challenge), { count });
      const { body } = await browse("/people/login", { nonce, id: device.id, assertion });
      expect(body["error"]).toBe(count === 0 ? "factor.wrong" : "factor.unknown_nonce");
    }
  });

  it("shows nothing to who has a link, and has nothing else of the gateway", async () => {
    const device = await withPasskey();
    const id = await held(1);
    const page = await browse(`/approvals/${id}`);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(id);
    expect((await browse("/people/approval", { session: "AAAA", id })).status).toBe(401);
    for (const path of ["/status", "/agents", `/approvals/${id}/votes`, "/v1/actions"])
      expect([404, 405]).toContain((await browse(path, {})).status);
    const stranger = createAuthenticator(origin);
    const { nonce, challenge } = (await browse("/people/begin", {})).body;
    const assertion = stranger.get(String(challenge));
    for (const one of [stranger.id, device.id])
      expect((await browse("/people/login", { nonce, id: one, assertion })).status).toBe(403);
  });

  it("loads nothing from elsewhere and runs nothing inline", async () => {
    await withPasskey();
    for (const path of ["/approvals/apr_1", "/enrol", "/assets/people.js", "/people/none"]) {
      const { headers } = await browse(path);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
    }
    const html = (await browse("/enrol")).text;
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/\son[a-z]+=|style=|https?:/);
    expect((await browse("/assets/people.js")).text).not.toMatch(/innerHTML|eval\(|https?:/);
  });

  it.each<[string, number, Record<string, string>]>([
    ["another name", 421, { host: "evil.example" }],
    ["a page of somebody else", 403, { origin: "https://evil.example" }],
    ["no page at all", 403, { origin: "null" }],
  ])("answers nobody who comes by %s", async (_, status, headers) => {
    await withPasskey();
    expect((await browse("/people/begin", {}, headers)).status).toBe(status);
  });

  it("makes no passkey with a guessed link, nor for who is not trusted", async () => {
    await withPasskey();
    expect((await browse("/people/enrol", { secret: "AAAA" })).body["error"]).toBe(
      "factor.not_pending",
    );
    const second = await place.admin("POST", "/factors/passkey", { person: "dora", as: "dora" });
    expect(second.body["error"]).toBe("factor.none");
    const vouched = await place.admin("POST", "/factors/passkey", { person: "dora", as: "dana" });
    expect(vouched.body["error"]).toBe("factor.required");
    const { publicKey } = newKey();
    const key = await place.admin("POST", "/factors/keys", {
      person: "dora",
      as: "dora",
      publicKey,
    });
    expect(key.body["error"]).toBe("factor.none");
  });
});
