import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { laterPolicies, namedPolicies, type Scenario, writeConfiguration } from "@bylaw/scenario";
import { loadConfig, loadRules } from "@bylaw/server";

/** What is wrong with the policies, grants, tools and threats of a scenario; its gateway would not start. */
export async function ruleMistakes(scenario: Scenario): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), "bylaw-scenario-"));
  try {
    const config = loadConfig(await writeConfiguration(root, scenario));
    if (!config.ok) return config.error.map(({ message }) => message);
    const rules = await loadRules(config.value);
    if (!rules.ok) return rules.error.map((text) => text.replaceAll(`${root}/site/`, ""));
    const known = new Set([...rules.value.bundle.policies.keys(), ...laterPolicies(scenario)]);
    return namedPolicies(scenario)
      .filter((id) => !known.has(id) && !id.startsWith("shield:"))
      .map((id) => `a step names the policy \`${id}\`, which is not there`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
