import { Command, CommanderError } from "commander";
import { agentCommand } from "./commands/agent.ts";
import { approvalsCommand } from "./commands/approvals.ts";
import { auditCommand } from "./commands/audit.ts";
import { catalogCommand } from "./commands/catalog.ts";
import { checkCommand } from "./commands/check.ts";
import { connectCommand } from "./commands/connect.ts";
import { contractCommand } from "./commands/contract.ts";
import { definitionsCommand } from "./commands/definitions.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { disconnectCommand } from "./commands/disconnect.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand } from "./commands/down.ts";
import { explainCommand } from "./commands/explain.ts";
import { grantCommand } from "./commands/grant.ts";
import { haltCommand } from "./commands/halt.ts";
import { initCommand } from "./commands/init.ts";
import { isolateCommand } from "./commands/isolate.ts";
import { mcpCommand } from "./commands/mcp.ts";
import { personCommand } from "./commands/person.ts";
import { policyCommand } from "./commands/policy.ts";
import { replayCommand } from "./commands/replay.ts";
import { resumeCommand } from "./commands/resume.ts";
import { scanCommand } from "./commands/scan.ts";
import { scenarioCommand } from "./commands/scenario.ts";
import { shieldCommand } from "./commands/shield.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { statusCommand } from "./commands/status.ts";
import { testCommand } from "./commands/test.ts";
import { upCommand } from "./commands/up.ts";
import { upstreamCommand } from "./commands/upstream.ts";
import { witnessCommand } from "./commands/witness.ts";
import { CommandError, EXIT } from "./exit.ts";
import { version } from "./version.ts";
import { visible } from "./visible.ts";

/** The whole command line; a function so that help and documentation can be compared in tests. */
export function program(): Command {
  const root = new Command("bylaw")
    .description("Governance gateway for autonomous AI agents: one verdict before every action.")
    .version(version())
    .showSuggestionAfterError()
    // A command with options of its own may have commands below it: what follows those is theirs.
    .enablePositionalOptions()
    .addHelpText(
      "after",
      [
        "",
        "Start here:",
        "  $ bylaw up                            start the gateway on this machine",
        "  $ bylaw agent add coder               give an agent its own token",
        "  $ bylaw approvals                     what waits for your decision",
        "  $ bylaw halt --all --reason incident  stop every agent at its next action",
        "  $ bylaw demo                          replay the 1,200-record incident",
        "",
        "Exit codes: 0 ok, 1 the answer is no, 2 usage or configuration, 3 no gateway, 70 defect.",
      ].join("\n"),
    );
  for (const command of [
    upCommand(),
    downCommand(),
    statusCommand(),
    initCommand(),
    checkCommand(),
    testCommand(),
    catalogCommand(),
    policyCommand(),
    agentCommand(),
    personCommand(),
    connectCommand(),
    disconnectCommand(),
    doctorCommand(),
    isolateCommand(),
    contractCommand(),
    definitionsCommand(),
    upstreamCommand(),
    haltCommand(),
    resumeCommand(),
    approvalsCommand(),
    grantCommand(),
    auditCommand(),
    scanCommand(),
    explainCommand(),
    diffCommand(),
    witnessCommand(),
    shieldCommand(),
    replayCommand(),
    scenarioCommand(),
    simulateCommand(),
    mcpCommand(),
    demoCommand(),
  ]) {
    root.addCommand(command);
  }
  for (const command of allOf(root)) command.exitOverride();
  return root;
}

/** A command with those below it: settings made on it do not reach them by themselves. */
function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** Runs the command line; the only place that sets the exit code. In: `process.argv`. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.off("error", readerGone).on("error", readerGone);
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, argv.includes("--json"));
  }
}

/** `| head` has seen enough; that is no failure of ours. */
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) {
    if (json) console.error(JSON.stringify({ error: error.code, message: error.message }));
    else console.error(`bylaw: ${shown(error.message)}`);
    return error.exit;
  }
  if (json) console.error(JSON.stringify({ error: "internal", message: String(error) }));
  else console.error(shown((error as Error).stack ?? String(error)));
  return EXIT.internal;
}

/** Messages hold names from files and logs: lines and tabs stay, what could paint the screen does not. */
function shown(message: string): string {
  return message.replace(/[^\n\t]+/g, (part) => visible(part));
}
