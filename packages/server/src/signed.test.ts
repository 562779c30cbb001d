import { renameSync } from "node:fs";
import { join } from "node:path";
import { encodeSigningKey, type NoteSigner, parseSigningKey } from "@bylaw/ledger";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place } from "../testdata/running.ts";
import { parseConfig } from "./config/load.ts";
import { buildBundle } from "./host/bundle-text.ts";
import { loadRules } from "./host/rules.ts";

const BUILDER = signer(1);
const STRANGER = signer(2);

const SOURCE = "version: 1\npacks: []\npolicies: [./policies]\ncatalog: [./catalog.yaml]\n";
const CONFIG = `
version: 1
workspaces: [ ./work ]
people: { olga: {} }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
bundle: { file: ./policies.bundle.json, keys: ["${BUILDER.vkey}"] }
shadow: { share: 0 }
`;
const CATALOG = `
version: 1
tools:
  db/drop_row: { effects: [ { action: delete, resource: { type: Table, id: t, database: crm }, quantity: 1 } ] }
`;
const rule = (id: string): string => `@id("${id}") forbid (principal, action, resource);\n`;

let place: Place;
afterEach(() => place.end());

function signer(seed: number): NoteSigner {
  const key = parseSigningKey(encodeSigningKey("build", new Uint8Array(32).fill(seed)));
  if (!key.ok) throw new Error(key.error.message);
  return key.value;
}

/** What `bylaw policy build` writes for one rule. */
async function built(id: string, by: NoteSigner): Promise<string> {
  place.write("policies/rule.cedar", rule(id));
  const config = parseConfig(join(place.folder, "source.yaml"), SOURCE);
  const rules = config.ok ? await loadRules(config.value) : config;
  if (!rules.ok) throw new Error(JSON.stringify(rules.error));
  return buildBundle(rules.value, 1, "build", by).text;
}

async function created(by: NoteSigner): Promise<void> {
  place = createPlace({ "bylaw.yaml": CONFIG, "catalog.yaml": CATALOG, "work/notes.md": "" });
  place.write("policies.bundle.json", await built("alpha", by));
}

/** A new file under the old name, as a deployment puts it there. */
function deploy(text: string): void {
  place.write("next", text);
  renameSync(join(place.folder, "next"), join(place.folder, "policies.bundle.json"));
}

const deciding = async () => (await place.ask("db", "drop_row", {})).body["policy"];

describe("a signed bundle", () => {
  it("decides, with the catalog that it holds", async () => {
    await created(BUILDER);
    expect(await place.start()).toBeNull();
    expect(await deciding()).toBe("alpha");
  });

  it("of somebody else does not start", async () => {
    await created(STRANGER);
    const error = await place.start();
    expect(error).toMatchObject({ code: "policy.invalid" });
    expect(error?.messages.join()).toContain("bundle.unsigned");
  });

  it("that was changed, is cut short or is not there does not start", async () => {
    await created(BUILDER);
    const text = await built("alpha", BUILDER);
    for (const [bad, code] of [
      [text.replace("forbid", "permit"), "bundle.signature"],
      [text.slice(0, -40), "bundle.malformed"],
    ] as const) {
      deploy(bad);
      expect((await place.start())?.messages.join()).toContain(code);
    }
    place.remove("policies.bundle.json");
    expect((await place.start())?.messages.join()).toContain("ENOENT");
  });

  it("gives way to another by the same builder while the gateway runs, and to no other", async () => {
    await created(BUILDER);
    expect(await place.start()).toBeNull();
    deploy(await built("beta", STRANGER));
    await expect
      .poll(async () => (await place.status()).policy.refused.join())
      .toContain("bundle.unsigned");
    expect(await deciding()).toBe("alpha");
    deploy(await built("beta", BUILDER));
    await expect.poll(deciding).toBe("beta");
    expect((await place.status()).policy).toMatchObject({ version: 2, refused: [] });
  });

  it("stands next to no policies of the configuration", async () => {
    await created(BUILDER);
    expect(parseConfig("/x/bylaw.yaml", `${CONFIG}policies: [./policies]\n`)).toMatchObject({
      ok: false,
      error: [{ code: "config.invalid", line: 9, column: 1 }],
    });
  });
});
