import { loadRules, shieldCoverage } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { jsonOption, readConfig } from "../place.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("validate configuration, policies and catalog without starting anything")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw check --config ./bylaw.yaml")
    .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
      const config = readConfig(options.config);
      const rules = await loadRules(config);
      if (!rules.ok) throw new CommandError(EXIT.usage, "policy.invalid", rules.error.join("\n"));
      const { bundle, catalog } = rules.value;
      const summary = {
        bundle: bundle.digest,
        policies: bundle.policies.size,
        tools: catalog.tools.size,
        upstreams: Object.keys(config.upstreams).length,
      };
      if (options.json) return console.log(JSON.stringify(summary));
      console.log(`${summary.policies} policies, ${summary.tools} tools in the catalog: valid`);
      console.log(`bundle ${summary.bundle}`);
      const coverage = shieldCoverage(config);
      if (coverage !== null) console.log(`SHIELD ${coverage}`);
    });
}
