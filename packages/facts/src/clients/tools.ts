import type { Action } from "@bylaw/core";
import type { Output } from "../analyze.ts";
import { WRITE } from "../files/effects.ts";

/** What a tool that a client brings itself does with its arguments. */
export type ClientTool =
  | {
      readonly does: "shell";
      /** Names of the argument, whichever is there. */
      readonly text: readonly string[];
      readonly folder: readonly string[];
    }
  | {
      readonly does: "files";
      readonly paths: readonly string[];
      readonly actions: readonly Action[];
      readonly recursive: boolean;
      /** Without a path it acts on the folder that the client works in. */
      readonly here: boolean;
    }
  | { readonly does: "patch"; readonly text: readonly string[] }
  | { readonly does: "fetch"; readonly url: readonly string[] }
  /** A query that leaves through the provider of the model. */
  | { readonly does: "search" }
  | { readonly does: "spawn" }
  | { readonly does: "skill"; readonly name: readonly string[] }
  | { readonly does: "remember" }
  /** Plans, questions and the like: nothing outside of the session changes. */
  | { readonly does: "own" }
  /** Takes over a task that others share, or says something else about it. */
  | {
      readonly does: "task";
      readonly id: string;
      /** Who works on it from now on, and in which state it is then. */
      readonly owner: string;
      readonly status: string;
    }
  /** The client takes over another configuration; the path says which. */
  | { readonly does: "configure"; readonly path: readonly string[] }
  /** The client goes by a file that tells agents how to behave, and that is not as it was. */
  | { readonly does: "instruct"; readonly path: string };

/** No client's own tool: what the gateway decides when such a file has changed. */
const INSTRUCTIONS_TOOL = "instructions_changed";

const shell = (text: string, ...folder: readonly string[]): ClientTool => ({
  does: "shell",
  text: [text],
  folder,
});
const files = (
  actions: readonly Action[],
  paths: readonly string[],
  more: { readonly recursive?: boolean; readonly here?: boolean } = {},
): ClientTool => ({ does: "files", actions, paths, recursive: false, here: false, ...more });
const below = { recursive: true, here: true } as const;
const read = (...paths: readonly string[]): ClientTool => files(["read"], paths);
const write = (...paths: readonly string[]): ClientTool => files(WRITE, paths);
const list = (...paths: readonly string[]): ClientTool => files(["list"], paths, below);
const search = (...paths: readonly string[]): ClientTool => files(["read"], paths, below);
const fetches = (...url: readonly string[]): ClientTool => ({ does: "fetch", url });
const own: ClientTool = { does: "own" };
const spawn: ClientTool = { does: "spawn" };
const web: ClientTool = { does: "search" };

const ownTools = (names: string): Readonly<Record<string, ClientTool>> =>
  Object.fromEntries(names.split(" ").map((name) => [name, own]));

/**
 * Tools of coding agents, by client and exact name. A tool that is missing is inferred like any
 * other tool that nobody described, and its effects are unknown.
 */
export const CLIENT_TOOLS: Readonly<Record<string, Readonly<Record<string, ClientTool>>>> = {
  "claude-code": {
    Bash: shell("command"),
    Read: read("file_path"),
    NotebookRead: read("notebook_path"),
    Write: write("file_path"),
    Edit: write("file_path"),
    MultiEdit: write("file_path"),
    NotebookEdit: write("notebook_path"),
    Glob: list("path"),
    LS: list("path"),
    Grep: search("path"),
    WebFetch: fetches("url"),
    WebSearch: web,
    Task: spawn,
    Agent: spawn,
    Skill: { does: "skill", name: ["skill", "command"] },
    ConfigChange: { does: "configure", path: ["file_path"] },
    TaskUpdate: { does: "task", id: "taskId", owner: "owner", status: "status" },
    ...ownTools("TaskCreated TaskCompleted"),
    ...ownTools("TodoWrite TaskCreate TaskGet TaskList TaskOutput TaskStop BashOutput"),
    ...ownTools("KillShell KillBash AskUserQuestion EnterPlanMode ExitPlanMode ToolSearch"),
    ...ownTools("CronList ListAgents ReportFindings"),
  },
  codex: {
    Bash: shell("command"),
    exec_command: shell("cmd", "workdir"),
    shell_command: shell("command", "workdir"),
    apply_patch: { does: "patch", text: ["command", "input", "patch"] },
    view_image: read("path"),
    web_search: web,
    ...ownTools("update_plan request_user_input get_goal create_goal update_goal"),
  },
  "gemini-cli": {
    run_shell_command: shell("command", "dir_path", "directory"),
    read_file: read("file_path", "absolute_path"),
    write_file: write("file_path"),
    replace: write("file_path"),
    edit: write("file_path"),
    list_directory: list("dir_path", "path"),
    glob: list("dir_path", "path"),
    search_file_content: search("dir_path", "path"),
    grep_search: search("dir_path", "path"),
    read_many_files: search(),
    google_web_search: web,
    save_memory: { does: "remember" },
    activate_skill: { does: "skill", name: ["name"] },
    codebase_investigator: spawn,
    invoke_agent: spawn,
    ...ownTools("write_todos ask_user enter_plan_mode exit_plan_mode get_internal_docs"),
    ...ownTools("complete_task update_topic list_background_processes read_background_output"),
  },
  cursor: {
    Shell: shell("command", "working_directory", "cwd"),
    Read: read("file_path", "path", "target_file"),
    Write: write("file_path", "path", "target_file"),
    Edit: write("file_path", "path", "target_file"),
    StrReplace: write("file_path", "path"),
    Delete: files(["delete"], ["file_path", "path", "target_file"], { recursive: true }),
    Glob: list("path", "target_directory"),
    LS: list("path", "target_directory"),
    Grep: search("path"),
    WebFetch: fetches("url"),
    WebSearch: web,
    Task: spawn,
    ...ownTools("TodoWrite AskQuestion"),
  },
  "copilot-cli": {
    bash: shell("command"),
    view: read("path"),
    create: write("path"),
    edit: write("path"),
    glob: list("path"),
    grep: search("path"),
    rg: search("path", "paths"),
    web_fetch: fetches("url"),
    web_search: web,
    task: spawn,
    ...ownTools("update_todo report_intent ask_user read_bash stop_bash list_bash exit_plan_mode"),
  },
  openclaw: {
    exec: shell("command", "workdir"),
    bash: shell("command", "workdir"),
    read: read("path", "file_path"),
    write: write("path", "file_path"),
    edit: write("path", "file_path"),
    apply_patch: { does: "patch", text: ["input", "patch"] },
    web_fetch: fetches("url"),
    web_search: web,
    sessions_spawn: spawn,
    ...ownTools("session_status update_plan sessions_yield tool_search tool_describe"),
  },
};

/** Where what a tool of a client shows is from: files and programs say what somebody else wrote. */
export function outputOf(tool: ClientTool): Output {
  switch (tool.does) {
    case "own":
    case "task":
    case "configure":
    case "instruct":
    case "patch":
      return { origin: "model", untrusted: false };
    case "files":
      return tool.actions.some((action) => action === "read" || action === "list")
        ? { origin: "repo", untrusted: true }
        : { origin: "model", untrusted: false };
    case "shell":
      return { origin: "repo", untrusted: true };
    case "fetch":
    case "search":
      return { origin: "web", untrusted: true };
    case "spawn":
      return { origin: "agent", untrusted: true };
    case "skill":
      return { origin: "repo", untrusted: true };
    case "remember":
      return { origin: "memory", untrusted: false };
  }
}

/** The tool of a client; null where the client or the tool is not known. */
export function clientTool(client: string, tool: string): ClientTool | null {
  const tools = Object.hasOwn(CLIENT_TOOLS, client) ? CLIENT_TOOLS[client] : undefined;
  if (tools === undefined) return null;
  if (tool === INSTRUCTIONS_TOOL) return { does: "instruct", path: "file_path" };
  return (Object.hasOwn(tools, tool) ? tools[tool] : undefined) ?? null;
}
