import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { base32, isSignedBy, statementText, totpCode, totpStep } from "@bylaw/identity";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { answerBy, type Key, newKey, proofOf, proven, signed } from "../../testdata/factors.ts";
import { createPlace, type Place, type Reply } from "../../testdata/running.ts";
import { wallClock } from "../host/environment.ts";
import type { FactorRow } from "./answer.ts";
import type { PendingTotp } from "./enrolment.ts";
import type { Asked } from "./guard.ts";

const config = (factors = ""): string => `
version: 1
workspaces: [ ./work ]
people:
  olga: { groups: [ owners ] }
  dana: { groups: [ dba ] }
  dora: { groups: [ dba ] }
  rita: { groups: [ on-call ] }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
packs: [ base ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
watch: false
shadow: { share: 0 }
holds: { limit: 20ms, ttl: 10m, break_glass: [ 'Group::"on-call"' ] }
${factors}
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
afterEach(() => place.end());

async function running(factors = ""): Promise<void> {
  place = createPlace({
    "bylaw.yaml": config(factors),
    "rules.cedar": RULES,
    "catalog.yaml": CATALOG,
    "work/notes.md": "",
  });
  expect(await place.start()).toBeNull();
}

const enrol = (key: Key, person: string, as = person, by?: Key): Promise<Reply> => {
  const body = { person, as, publicKey: key.publicKey };
  return by === undefined
    ? place.admin("POST", "/factors/keys", body)
    : proven(place, by, "/factors/keys", body);
};

async function held(args: object): Promise<string> {
  const { body } = await place.act("db", "drop", args);
  if (typeof body["approval"] === "string") return body["approval"];
  return expect.fail(`the action is held: ${JSON.stringify(body)}`);
}

const votes = (id: string): string => `/approvals/${id}/votes`;
const yes = (as = "dana", more: object = {}): object => ({ as, verdict: "approve", ...more });

async function asked(path: string, body: object): Promise<Asked> {
  const reply = await place.admin("POST", path, body);
  expect(reply.body["error"]).toBe("factor.required");
  return reply.body as unknown as Asked;
}

/** Dana's key, enrolled as the first of all. */
async function withKey(factors = ""): Promise<Key> {
  await running(factors);
  const key = newKey();
  expect((await enrol(key, "dana")).status).toBe(201);
  return key;
}

describe("once somebody has a factor", () => {
  it("the administrative token approves nothing", async () => {
    const key = await withKey();
    const id = await held({ at: 1 });
    expect((await place.admin("POST", votes(id), yes())).body["error"]).toBe("factor.required");
    expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(false);
    const answered = await proven(place, key, votes(id), yes());
    expect(answered.body).toMatchObject({ id, state: "approved" });
    expect((await place.act("db", "drop", { at: 1 })).body["allowed"]).toBe(true);
    const records = await place.records();
    const proof = records.find((one) => one.kind === "proof");
    expect(proof).toMatchObject({ by: "dana", method: "passphrase" });
    expect(records.indexOf(proof ?? expect.fail("a proof is recorded"))).toBeLessThan(
      records.findIndex((one) => one.kind === "approval"),
    );
  });

  it.each<[string, string, object]>([
    ["a rejection", "/approvals/ID/votes", { as: "dana", verdict: "reject" }],
    ["a broken glass", "/approvals/ID/break-glass", { as: "rita", reason: "fire" }],
    ["a review", "/approvals/ID/review", { as: "rita", reason: "looked" }],
    [
      "a grant",
      "/grants",
      {
        id: "g",
        principal: { type: "Agent", id: "coder" },
        actions: ["delete"],
        resource: { type: "Table", id: "crm/customers" },
        type: null,
        inside: null,
        tool: null,
        atMost: null,
        uses: 1,
        expires: null,
        noEnd: true,
        owner: { type: "User", id: "dana" },
        reason: "r",
        as: "dana",
        dryRun: false,
      },
    ],
    ["going on after a halt", "/resume", { scope: "all", reason: "over", as: "dana" }],
    ["an agent", "/agents", { id: "other" }],
    ["letting an agent act again", "/agents/coder/suspend", { suspended: false }],
    ["another token", "/agents/coder/rotate", {}],
    ["a passport", "/agents/coder/passports", { lifetimeMs: 60_000, thumbprint: null }],
    [
      "a definition",
      "/definitions/verdicts",
      {
        server: "db",
        kind: "tool",
        name: "drop",
        digest: `sha256:${"0".repeat(64)}`,
        verdict: "accepted",
      },
    ],
    ["other policies", "/policy/reload", {}],
    ["earlier policies", "/policy/rollback", { to: null }],
    [
      "a quarantined bundle",
      "/policy/release",
      { digest: `sha256:${"0".repeat(64)}`, reason: "r" },
    ],
    [
      "a factor of somebody else",
      "/factors/keys",
      { person: "rita", as: "dana", publicKey: "AA==" },
    ],
    ["a factor less", "/factors/remove", { person: "dana", as: "dana", id: null }],
  ])("%s needs one", async (_, path, body) => {
    await withKey();
    const id = await held({ at: 1 });
    const person = { "bylaw-person": "dana" };
    const reply = await place.admin("POST", path.replace("ID", id), body, person);
    expect(["factor.required", "factor.none"]).toContain(reply.body["error"]);
    const log = await place.records();
    expect(log.some(({ kind }) => kind === "approval")).toBe(false);
  });

  it("what restricts needs none", async () => {
    await withKey();
    const stop = { scope: "all", reason: "incident", as: "dana" };
    expect((await place.admin("POST", "/halt", stop)).status).toBe(200);
    const off = { suspended: true };
    expect((await place.admin("POST", "/agents/coder/suspend", off)).status).toBe(200);
  });

  it("nobody without a factor of their own answers", async () => {
    await withKey();
    const reply = await place.admin("POST", votes(await held({ at: 1 })), yes("dora"));
    expect(reply.body["error"]).toBe("factor.none");
  });

  it("a second one needs the first, of whoever vouches for it", async () => {
    const dana = await withKey();
    const dora = newKey();
    expect((await enrol(dora, "dora")).body["error"]).toBe("factor.none");
    expect((await enrol(dora, "dora", "dana")).body["error"]).toBe("factor.required");
    expect((await enrol(dora, "dora", "dana", dana)).body).toMatchObject({
      person: "dora",
      addedBy: "dana",
    });
    const id = await held({ at: 1 });
    expect((await proven(place, dana, votes(id), yes("dora"))).body["error"]).toBe("factor.wrong");
    expect((await proven(place, dora, votes(id), yes("dora"))).body["state"]).toBe("approved");
  });

  it("of many that are the first at once, one is", async () => {
    await running();
    const replies = await Promise.all(
      ["olga", "dana", "dora", "rita"].map((person) => enrol(newKey(), person)),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    const people = (await place.admin("GET", "/factors")).body as unknown as readonly {
      factors: readonly FactorRow[];
    }[];
    expect(people.flatMap(({ factors }) => factors)).toHaveLength(1);
  });

  it("the factor outlives the gateway, and what was asked before does not", async () => {
    const key = await withKey();
    const id = await held({ at: 1 });
    const answer = answerBy(key, await asked(votes(id), yes()));
    await place.stop();
    expect(await place.start()).toBeNull();
    const late = await place.admin("POST", votes(id), yes(), proofOf(answer));
    expect(late.body["error"]).toBe("factor.unknown_nonce");
    expect((await proven(place, key, votes(id), yes())).body["state"]).toBe("approved");
  });
});

describe("changed policy files", () => {
  const LAX = RULES.replace('Group::\\"dba\\"', 'User::\\"olga\\"');
  const reload = "/policy/reload";
  const person = { "bylaw-person": "dana" };

  it("wait for a person once somebody has a factor, also over a restart", async () => {
    const key = await withKey();
    expect(LAX).not.toBe(RULES);
    const before = (await place.status()).policy;
    place.write("rules.cedar", LAX);
    await place.stop();
    expect(await place.start()).toBeNull();
    const waiting = (await place.status()).policy;
    expect(waiting).toMatchObject({ digest: before.digest, version: before.version });
    expect(waiting.pending).toMatch(/^sha256:/);
    expect((await place.admin("POST", reload, {}, person)).body).toMatchObject({
      error: "factor.required",
      shows: expect.arrayContaining(["changed ask"]),
    });
    const done = await proven(place, key, reload, {}, person);
    expect(done.body).toMatchObject({ digest: waiting.pending, pending: null });
  });

  it("wait where they are watched as well", async () => {
    place = createPlace({
      "bylaw.yaml": config().replace("watch: false", "watch: true"),
      "rules.cedar": RULES,
      "catalog.yaml": CATALOG,
      "work/notes.md": "",
    });
    expect(await place.start()).toBeNull();
    const key = newKey();
    await enrol(key, "dana");
    const before = (await place.status()).policy.digest;
    place.write("rules.cedar", LAX);
    await expect
      .poll(async () => (await place.status()).policy.pending, { timeout: 20_000 })
      .toMatch(/^sha256:/);
    expect((await place.status()).policy.digest).toBe(before);
    expect(place.said.filter((line) => line.startsWith("policy.pending"))).toHaveLength(1);
    place.write("rules.cedar", RULES);
    await expect
      .poll(async () => (await place.status()).policy.pending, { timeout: 20_000 })
      .toBeNull();
  });

  it("come into force as they were shown, or not at all", async () => {
    const key = await withKey();
    place.write("rules.cedar", LAX);
    const shown = await place.admin("POST", reload, {}, person);
    const { statement, factors } = shown.body as unknown as Asked;
    place.write("rules.cedar", LAX.replace('@id("ask")', '@id("asks")'));
    const answer = {
      nonce: statement.nonce,
      factor: factors[0]?.id,
      signature: signed(key, statement),
    };
    const late = await place.admin("POST", reload, {}, { ...person, ...proofOf(answer) });
    expect(late.body["error"]).toBe("factor.changed");
  });
});

describe("a proof", () => {
  async function answered(id: string, key: Key, sent: object, given = sent): Promise<Reply> {
    const answer = answerBy(key, await asked(votes(id), sent));
    return place.admin("POST", votes(id), given, proofOf(answer));
  }

  it.each<[string, object]>([
    ["another verdict", { as: "dana", verdict: "reject" }],
    ["another person", yes("dora")],
    ["more of the same", yes("dana", { waiver: { forMs: 60_000, session: false, uses: 3 } })],
    ["other arguments", yes("dana", { arguments: { at: 2 } })],
    ["a reason", yes("dana", { reason: "well" })],
  ])("is worth nothing for %s", async (_, given) => {
    const key = await withKey();
    await enrol(newKey(), "dora", "dana", key);
    const reply = await answered(await held({ at: 1 }), key, yes(), given);
    expect(reply.body["error"]).toBe("factor.other_request");
    expect(reply.status).toBe(403);
  });

  it("is worth nothing for another approval", async () => {
    const key = await withKey();
    const [one, other] = [await held({ at: 1 }), await held({ at: 2 })];
    const answer = answerBy(key, await asked(votes(one), yes()));
    const reply = await place.admin("POST", votes(other), yes(), proofOf(answer));
    expect(reply.body["error"]).toBe("factor.other_request");
  });

  it("is worth nothing when the action was edited meanwhile", async () => {
    const key = await withKey();
    const dora = newKey();
    await enrol(dora, "dora", "dana", key);
    const id = await held({ at: 1 });
    const question = await asked(votes(id), yes());
    const answer = answerBy(key, question);
    const before = question.statement.covers[0];
    const edit = yes("dora", { arguments: { at: 9 } });
    const edited = await proven(place, dora, votes(id), edit);
    // What cannot be edited cannot change either: then there is nothing to show here.
    expect(edited.body["error"]).toBe("approval.not_editable");
    expect((await asked(votes(id), yes())).statement.covers[0]).toBe(before);
    expect((await place.admin("POST", votes(id), yes(), proofOf(answer))).status).toBe(200);
  });

  it("counts once: of 50 replays one is taken", async () => {
    const key = await withKey();
    const id = await held({ at: 1 });
    const answer = answerBy(key, await asked(votes(id), yes()));
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => place.admin("POST", votes(id), yes(), proofOf(answer))),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = replies.filter(({ status }) => status !== 200);
    expect(others.map(({ body }) => body["error"])).toEqual(Array(49).fill("factor.replayed"));
    const log = await place.records();
    expect(log.filter(({ kind }) => kind === "approval")).toHaveLength(1);
    expect(log.filter(({ kind }) => kind === "proof")).toHaveLength(1);
  });

  it("is worth nothing with any byte of what it covers changed", async () => {
    const key = await withKey();
    const id = await held({ at: 1 });
    const { statement, factors } = await asked(votes(id), yes());
    const fields = ["gateway", "person", "request", "body", "nonce", "expires"] as const;
    const change = fc
      .tuple(
        fc.constantFrom(...fields, "covers" as const),
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
      )
      .map(([field, at, by]) => {
        const text = field === "covers" ? (statement.covers[0] ?? "") : statement[field];
        const where = at % text.length;
        const other = String.fromCharCode(text.charCodeAt(where) ^ by);
        const spoilt = text.slice(0, where) + other + text.slice(where + 1);
        return { ...statement, [field]: field === "covers" ? [spoilt] : spoilt };
      });
    await fc.assert(
      fc.asyncProperty(change, async (spoilt) => {
        const signature = signed(key, spoilt);
        return !isSignedBy(key.publicKey, statementText(statement), signature);
      }),
    );
    const answer = {
      nonce: statement.nonce,
      factor: factors[0]?.id,
      signature: signed(key, { ...statement, covers: [] }),
    };
    const reply = await place.admin("POST", votes(id), yes(), proofOf(answer));
    expect(reply.body["error"]).toBe("factor.wrong");
  });

  it.each<[string, string]>([
    ["factor.malformed", "not base64 of JSON"],
    ["factor.malformed", Buffer.from('{"nonce":"a"}').toString("base64url")],
    [
      "factor.unknown_nonce",
      Buffer.from('{"nonce":"AAAA","factor":"f","code":"123456"}').toString("base64url"),
    ],
  ])("is refused as %s", async (error, header) => {
    await withKey();
    const id = await held({ at: 1 });
    const reply = await place.admin("POST", votes(id), yes(), { "bylaw-proof": header });
    expect(reply.body["error"]).toBe(error);
  });

  it("rests after five wrong ones, also for who is right", async () => {
    const key = await withKey();
    const id = await held({ at: 1 });
    const wrong = newKey();
    for (let tries = 0; tries < 5; tries += 1)
      expect((await proven(place, wrong, votes(id), yes())).body["error"]).toBe("factor.wrong");
    const reply = await proven(place, key, votes(id), yes());
    expect(reply).toMatchObject({ status: 429, body: { error: "factor.locked" } });
  });
});

describe("codes of an authenticator app", () => {
  const ACCEPT = "factors: { accept: [ passphrase, totp ] }";

  /** Dana's app, enrolled first: the secret that it has now. */
  async function withApp(): Promise<Buffer> {
    await running(ACCEPT);
    const begun = await place.admin("POST", "/factors/totp", { person: "dana", as: "dana" });
    const { id, uri } = begun.body as unknown as PendingTotp;
    const secret = fromBase32(new URL(uri).searchParams.get("secret") ?? "");
    const path = `/factors/totp/${id}/confirm`;
    const first = { code: totpCode(secret, totpStep(wallClock()) - 1) };
    expect((await place.admin("POST", path, { code: wrongFor(secret) })).body["error"]).toBe(
      "factor.wrong",
    );
    expect((await place.admin("POST", path, first)).body).toMatchObject({ kind: "totp" });
    expect((await place.admin("POST", path, first)).body["error"]).toBe("factor.not_pending");
    return secret;
  }

  /** Six digits that are no code around now. */
  function wrongFor(secret: Buffer): string {
    const step = totpStep(wallClock());
    const good = [-2, -1, 0, 1, 2].map((skew) => totpCode(secret, step + skew));
    return ["000000", "000001", "000002", "000003", "000004", "000005"].find(
      (code) => !good.includes(code),
    ) as string;
  }

  async function answer(id: string, code: string): Promise<Reply> {
    const { statement, factors } = await asked(votes(id), yes());
    const given = { nonce: statement.nonce, factor: factors[0]?.id, code };
    return place.admin("POST", votes(id), yes(), proofOf(given));
  }

  it("count once", async () => {
    const secret = await withApp();
    const code = totpCode(secret, totpStep(wallClock()) + 1);
    const [one, other] = [await held({ at: 1 }), await held({ at: 2 })];
    expect((await answer(one, code)).body["state"]).toBe("approved");
    expect((await answer(other, code)).body["error"]).toBe("factor.code_used");
    const older = totpCode(secret, totpStep(wallClock()) - 1);
    expect((await answer(other, older)).body["error"]).toBe("factor.code_used");
    const proof = (await place.records()).find(({ kind }) => kind === "proof");
    expect(proof).toMatchObject({ method: "totp", signature: null });
  });

  it("can be guessed five times, however many guess at once", async () => {
    const secret = await withApp();
    const id = await held({ at: 1 });
    const wrong = wrongFor(secret);
    const replies = await Promise.all(Array.from({ length: 20 }, () => answer(id, wrong)));
    const errors = replies.map(({ body }) => body["error"]);
    expect(errors.filter((error) => error === "factor.wrong")).toHaveLength(5);
    expect(errors.filter((error) => error === "factor.locked")).toHaveLength(15);
    await place.stop();
    expect(await place.start()).toBeNull();
    const right = totpCode(secret, totpStep(wallClock()) + 1);
    expect((await answer(id, right)).body["error"]).toBe("factor.locked");
  });

  it("have no secret in the clear in the data folder", async () => {
    const secret = await withApp();
    await place.stop();
    const bytes = readdirSync(place.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(bytes.length).toBeGreaterThan(3);
    for (const file of bytes)
      for (const form of [
        secret,
        secret.toString("base64"),
        secret.toString("hex"),
        base32(secret),
      ])
        expect(file.includes(form)).toBe(false);
  });
});

function fromBase32(text: string): Buffer {
  const bits = [...text]
    .map((letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
    )
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

describe("the configuration", () => {
  it("can ask for factors before anybody has one", async () => {
    place = createPlace({
      "bylaw.yaml": config("factors: { required: always }"),
      "rules.cedar": RULES,
      "catalog.yaml": CATALOG,
      "work/notes.md": "",
    });
    expect(await place.start()).toBeNull();
    const key = newKey();
    const other = await place.admin("POST", "/agents", { id: "other" }, { "bylaw-person": "dana" });
    expect(other.body["error"]).toBe("factor.none");
    expect((await enrol(key, "dana")).status).toBe(201);
    const person = { "bylaw-person": "dana" };
    expect((await proven(place, key, "/agents", { id: "other" }, person)).status).toBe(201);
  });

  it("can ask those alone who have one", async () => {
    const key = await withKey("factors: { required: per_person }");
    const id = await held({ at: 1 });
    expect((await place.admin("POST", votes(id), yes())).body["error"]).toBe("factor.required");
    expect((await place.admin("POST", votes(id), yes("dora"))).body["state"]).toBe("approved");
    // Whoever has none cannot give themselves one once somebody has.
    expect((await enrol(newKey(), "dora")).body["error"]).toBe("factor.none");
    expect((await enrol(newKey(), "dora", "dana", key)).status).toBe(201);
  });

  it("accepts codes only where it says so", async () => {
    await running();
    const body = { person: "dana", as: "dana" };
    const reply = await place.admin("POST", "/factors/totp", body);
    expect(reply.body["error"]).toBe("factor.not_accepted");
  });
});
