import { existsSync } from "node:fs";
import { type Config, type ConfigError, defaultConfig, loadConfig, variable } from "@bylaw/server";
import { CommandError, EXIT } from "./exit.ts";

/** `--config FILE`, else $BYLAW_CONFIG, else ./bylaw.yaml where it exists, else the built-in default. */
export function readConfig(given: string | undefined): Config {
  const named = given ?? variable("BYLAW_CONFIG");
  const file = named ?? "bylaw.yaml";
  if (named === null && !existsSync(file)) return defaultConfig(process.cwd());
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded.value;
  throw new CommandError(
    EXIT.usage,
    loaded.error[0]?.code ?? "config.invalid",
    loaded.error.map(describeConfigError).join("\n"),
  );
}

/** `file:line:column: message (code)`, the form that editors can jump to. */
function describeConfigError(error: ConfigError): string {
  const where = error.line === null ? "" : `:${error.line}:${error.column ?? 1}`;
  return `${error.file}${where}: ${error.message} (${error.code})`;
}
