import { resolve } from "node:path";
import { defaultDataFolder, durationMs } from "@bylaw/server/client";
import { Option } from "commander";
import { CommandError, EXIT } from "./exit.ts";

export interface DataOption {
  readonly data?: string;
}

/** `--data DIR`, for every command that finds a gateway or its log. */
export function dataOption(): Option {
  return new Option(
    "--data <dir>",
    "data folder (default: $BYLAW_DATA or the user's state folder)",
  );
}

export function jsonOption(): Option {
  return new Option("--json", "print JSON for machines");
}

/** An option whose value is a time such as `10s`, `15m` or `1h`; read as milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = durationMs(text);
    if (value !== null && value > 0) return value;
    throw new CommandError(EXIT.usage, "usage.time", `\`${text}\` is not a time such as 10s or 1h`);
  });
}

export function dataFolder(options: DataOption): string {
  return options.data === undefined ? defaultDataFolder() : resolve(options.data);
}
