import { Command, CommanderError } from "commander";
import { CommandError, EXIT } from "./exit.ts";
import { readerGone } from "./output.ts";
import { version } from "./version.ts";
import { visible } from "./visible.ts";

/** Each is loaded when it is asked for: all of them together take several times as long as most of them run. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.ts")).upCommand(),
  down: async () => (await import("./commands/down.ts")).downCommand(),
  status: async () => (await import("./commands/status.ts")).statusCommand(),
  init: async () => (await import("./commands/init.ts")).initCommand(),
  check: async () => (await import("./commands/check.ts")).checkCommand(),
  test: async () => (await import("./commands/test.ts")).testCommand(),
  catalog: async () => (await import("./commands/catalog.ts")).catalogCommand(),
  policy: async () => (await import("./commands/policy.ts")).policyCommand(),
  agent: async () => (await import("./commands/agent.ts")).agentCommand(),
  person: async () => (await import("./commands/person.ts")).personCommand(),
  connect: async () => (await import("./commands/connect.ts")).connectCommand(),
  disconnect: async () => (await import("./commands/disconnect.ts")).disconnectCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  isolate: async () => (await import("./commands/isolate.ts")).isolateCommand(),
  contract: async () => (await import("./commands/contract.ts")).contractCommand(),
  definitions: async () => (await import("./commands/definitions.ts")).definitionsCommand(),
  upstream: async () => (await import("./commands/upstream.ts")).upstreamCommand(),
  halt: async () => (await import("./commands/halt.ts")).haltCommand(),
  resume: async () => (await import("./commands/resume.ts")).resumeCommand(),
  approvals: async () => (await import("./commands/approvals.ts")).approvalsCommand(),
  grant: async () => (await import("./commands/grant.ts")).grantCommand(),
  audit: async () => (await import("./commands/audit.ts")).auditCommand(),
  scan: async () => (await import("./commands/scan.ts")).scanCommand(),
  explain: async () => (await import("./commands/explain.ts")).explainCommand(),
  diff: async () => (await import("./commands/diff.ts")).diffCommand(),
  witness: async () => (await import("./commands/witness.ts")).witnessCommand(),
  shield: async () => (await import("./commands/shield.ts")).shieldCommand(),
  replay: async () => (await import("./commands/replay.ts")).replayCommand(),
  scenario: async () => (await import("./commands/scenario.ts")).scenarioCommand(),
  simulate: async () => (await import("./commands/simulate.ts")).simulateCommand(),
  mcp: async () => (await import("./commands/mcp.ts")).mcpCommand(),
  demo: async () => (await import("./commands/demo.ts")).demoCommand(),
};

/**
 * The command line, in full or, where one of its commands is named, with that one alone; a function so that
 * help and documentation can be compared in tests.
 */
export async function program(asked?: string): Promise<Command> {
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
  const all = Object.entries(COMMANDS);
  const named = all.filter(([name]) => name === asked);
  for (const [, load] of named.length > 0 ? named : all) root.addCommand(await load());
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
    await (await program(argv[2])).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, argv.includes("--json"));
  }
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
