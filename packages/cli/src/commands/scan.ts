import { Command } from "commander";
import { shellCommand } from "./scan/shell.ts";

export function scanCommand(): Command {
  return new Command("scan")
    .description("look for what should not be in a text")
    .addCommand(shellCommand());
}
