import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryOps } from "@bylaw/facts";
import { afterAll, describe, expect, it } from "vitest";
import { parseConfig } from "../config/load.ts";
import { redactorOf, worldOf } from "./places.ts";
import { loadRules } from "./rules.ts";

const folder = mkdtempSync(join(tmpdir(), "bylaw-detectors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONFIG = `version: 1
packs: [base]
policies: [rules.cedar]
catalog: [catalog.yaml, api.json]
detectors: { mine: { pattern: 'EMP-[0-9]{6}' } }
`;
const RULE = `@id("mine-stays") @reason("numbers stay here")
forbid (principal, action, resource) when { context.findings.contains(Finding::"own.mine") };
`;
const CATALOG = `version: 1
tools:
  web/get: { url: { argument: url, method: GET, openapi: api.json } }
`;

function configOf(text: string) {
  writeFileSync(join(folder, "rules.cedar"), RULE);
  writeFileSync(join(folder, "catalog.yaml"), CATALOG);
  writeFileSync(join(folder, "api.json"), '{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}');
  const config = parseConfig(join(folder, "bylaw.yaml"), text);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value;
}

describe("a detector of the configuration", () => {
  it("is one that policies may name, and that the analyzers and gateways have", async () => {
    const config = configOf(CONFIG);
    const rules = await loadRules(config);
    expect(rules.ok ? rules.value.content.closed.findings : rules.error).toEqual(["own.mine"]);
    expect([...(worldOf(config, folder, memoryOps()).detectors?.rules.keys() ?? [])]).toEqual([
      "own.mine",
    ]);
    const redactor = redactorOf(config);
    expect(redactor.knows("own.mine")).toBe(true);
    expect(redactor.redact({ text: "EMP-123456" }, ["own.mine"])).toEqual({
      text: "[redacted: own.mine]",
    });
  });

  it("that is not there cannot be named", async () => {
    const rules = await loadRules(configOf(CONFIG.replace(/detectors:.*\n/, "")));
    expect(rules.ok).toBe(false);
  });
});

describe("an OpenAPI document among the catalog files", () => {
  it("describes what an entry says it does", async () => {
    const rules = await loadRules(configOf(CONFIG));
    const url = rules.ok ? rules.value.catalog.tools.get("web/get")?.url : null;
    expect(url?.api?.paths.map(({ text }) => text)).toEqual(["/a"]);
  });

  it("that is missing refuses the catalog", async () => {
    const rules = await loadRules(configOf(CONFIG.replace(", api.json", "")));
    expect(rules.ok ? [] : rules.error).toEqual([expect.stringContaining("catalog.openapi")]);
  });
});
