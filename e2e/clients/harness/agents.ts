import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { REPOSITORY } from "../../harness/site.ts";
import {
  CHAT,
  GENERATE,
  MESSAGES,
  type MockModel,
  RESPONSES,
  startModel,
  type Turn,
} from "./mock-model.ts";

const PEERS = join(REPOSITORY, "e2e", "clients", "peers", "node_modules");
/** Milliseconds after which a client is ended: what it has not done by then it has not done. */
const RUN_MAX_MS = 60_000;

/** Set where /etc may be written to: what is there is this run's own. */
export const MANAGED_VARIABLE = "BYLAW_E2E_MANAGED";

/** Where a client runs: a home of its own, and the folder that it works in. */
export interface Desk {
  readonly home: string;
  readonly work: string;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What it is started with besides. */
  readonly words?: readonly string[];
  /** Without what stands for a person's trust in the hooks that are there. */
  readonly untrusted?: boolean;
  /** Milliseconds after which it is ended. */
  readonly maxMs?: number;
}

/** A real coding agent of somebody else. */
export interface CodingAgent {
  /** As `bylaw connect` calls it. */
  readonly id: string;
  readonly program: string;
  /** Version of the package that is installed. */
  version(): string | null;
  model(): Promise<MockModel>;
  /** What it needs to start at all, apart from what `bylaw connect` writes. */
  prepare(desk: Desk, model: MockModel): void;
  /** Runs it once without a person. */
  run(desk: Desk, model: MockModel, options?: RunOptions): Promise<Ran>;
  /** The tool calls by which it does the same things. */
  shell(command: string): Turn;
  write(path: string, content: string): Turn;
  mcp(server: string, tool: string, input: Turn["input"]): Turn;
}

function manifestVersion(name: string): string | null {
  const path = join(PEERS, name, "package.json");
  if (!existsSync(path)) return null;
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}

async function start(
  desk: Desk,
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  { maxMs = RUN_MAX_MS }: RunOptions,
): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: desk.work,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: desk.home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, so that nothing of it outlives the limit
  });
  const limit = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), maxMs);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(limit);
  return { code, stdout, stderr };
}

/** Adds to a JSON file, keeping what `bylaw connect` has put there. */
function merge(path: string, more: object): void {
  mkdirSync(dirname(path), { recursive: true });
  const there = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as object) : {};
  writeFileSync(path, JSON.stringify({ ...there, ...more }, null, 2));
}

const claude: CodingAgent = {
  id: "claude-code",
  program: join(PEERS, "@anthropic-ai", "claude-code-linux-x64", "claude"),
  version: () => manifestVersion("@anthropic-ai/claude-code-linux-x64"),
  model: () => startModel(MESSAGES),
  prepare: () => chmodSync(claude.program, 0o755), // npm runs no scripts here
  run: (desk, model, options = {}) => {
    const { words = [] } = options;
    const config = join(desk.work, "..", "mcp.json");
    const servers = existsSync(config) ? ["--mcp-config", config, "--strict-mcp-config"] : [];
    const allowed = ["--permission-mode", "bypassPermissions", "--output-format", "json"];
    return start(
      desk,
      [claude.program, "-p", "go on", ...allowed, ...servers, ...words],
      {
        ANTHROPIC_BASE_URL: model.address,
        ANTHROPIC_API_KEY: "sk-mock",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        ENABLE_TOOL_SEARCH: "false",
        IS_SANDBOX: "1",
      },
      options,
    );
  },
  shell: (command) => ({ tool: "Bash", input: { command, description: "what the model says" } }),
  write: (path, content) => ({ tool: "Write", input: { file_path: path, content } }),
  mcp: (server, tool, input) => ({ tool: `mcp__${server}__${tool}`, input }),
};

const codex: CodingAgent = {
  id: "codex",
  program: join(PEERS, "@openai", "codex", "bin", "codex.js"),
  version: () => manifestVersion("@openai/codex"),
  model: () => startModel(RESPONSES),
  prepare: (desk, model) => {
    const path = join(desk.home, ".codex", "config.toml");
    mkdirSync(dirname(path), { recursive: true });
    const there = existsSync(path) ? readFileSync(path, "utf8") : "";
    const settings = [
      'model = "mock-model"',
      'model_provider = "mock"',
      "",
      "[model_providers.mock]",
      'name = "mock"',
      `base_url = "${model.address}/v1"`,
      'wire_api = "responses"',
      'env_key = "MOCK_KEY"',
      "",
      `[projects.${JSON.stringify(desk.work)}]`,
      'trust_level = "trusted"',
      "",
    ];
    writeFileSync(path, `${settings.join("\n")}${there}`);
  },
  run: (desk, model, options = {}) =>
    start(
      desk,
      [
        process.execPath,
        codex.program,
        "exec",
        "--skip-git-repo-check",
        "-s",
        "danger-full-access",
        ...(options.untrusted === true ? [] : ["--dangerously-bypass-hook-trust"]),
        ...(options.words ?? []),
        "go on",
      ],
      { MOCK_KEY: "x", MOCK_ADDRESS: model.address },
      options,
    ),
  shell: (command) => ({ tool: "exec_command", input: { cmd: command } }),
  write: (path, content) => ({
    tool: "exec_command",
    input: { cmd: `printf %s '${content}' > '${path}'` },
  }),
  mcp: (server, tool, input) => ({ tool, namespace: `mcp__${server}`, input }),
};

const gemini: CodingAgent = {
  id: "gemini",
  program: join(PEERS, "@google", "gemini-cli", "bundle", "gemini.js"),
  version: () => manifestVersion("@google/gemini-cli"),
  model: () => startModel(GENERATE),
  prepare: (desk) =>
    merge(join(desk.home, ".gemini", "settings.json"), {
      security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  run: (desk, model, options = {}) =>
    start(
      desk,
      [
        process.execPath,
        gemini.program,
        "-m",
        "gemini-2.5-flash",
        "--skip-trust",
        "--yolo",
        ...(options.words ?? []),
        "-p",
        "go on",
      ],
      { GEMINI_API_KEY: "x", GOOGLE_GEMINI_BASE_URL: model.address },
      options,
    ),
  shell: (command) => ({
    tool: "run_shell_command",
    input: { command, description: "what the model says" },
  }),
  write: (path, content) => ({ tool: "write_file", input: { file_path: path, content } }),
  mcp: (server, tool, input) => ({ tool: `mcp_${server}_${tool}`, input }),
};

/** Copilot CLI, whose traps are in a suite of their own: its hooks are of another form. */
export const COPILOT: CodingAgent = {
  id: "copilot-cli",
  program: join(PEERS, "@github", "copilot-linux-x64", "copilot"),
  version: () => manifestVersion("@github/copilot-linux-x64"),
  model: () => startModel(CHAT),
  prepare: () => chmodSync(COPILOT.program, 0o755), // npm runs no scripts here
  run: (desk, model, options = {}) =>
    start(
      desk,
      [COPILOT.program, "-p", "go on", "--allow-all-tools", ...(options.words ?? [])],
      {
        COPILOT_OFFLINE: "true",
        COPILOT_MODEL: "mock-model",
        COPILOT_PROVIDER_API_KEY: "x",
        COPILOT_PROVIDER_BASE_URL: `${model.address}/v1`,
      },
      options,
    ),
  shell: (command) => ({ tool: "bash", input: { command, description: "what the model says" } }),
  write: (path, file_text) => ({ tool: "create", input: { path, file_text } }),
  mcp: (server, tool, input) => ({ tool: `${server}-${tool}`, input }),
};

/** Clients whose hooks are of one form. */
export const AGENTS: readonly CodingAgent[] = [claude, codex, gemini];

/** Every client that `bylaw connect` gives hooks, and that the suite can run. */
export const CONNECTED: readonly CodingAgent[] = [...AGENTS, COPILOT];
