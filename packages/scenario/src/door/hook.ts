import { spawn } from "node:child_process";
import { join } from "node:path";
import type { JsonObject, Outcome } from "@bylaw/core";
import type { Call } from "../deed.ts";
import { CALL_MAX_MS } from "../limits.ts";
import { ScenarioFailure } from "../ops.ts";
import { expectedOf, type Given, type Step } from "../scenario.ts";
import type { Answer } from "../world/perform.ts";
import type { Place } from "../world/place.ts";
import type { Door, DoorPlace, Reached } from "./door.ts";
import { delegateOf } from "./sdk.ts";

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface HookPlace extends DoorPlace {
  readonly place: Place;
  readonly systems: Given["systems"];
  /** The command that the coding agent starts at its hooks. */
  readonly program: (agent: string, token: string) => Promise<readonly [string, ...string[]]>;
}

/**
 * Claude Code's hooks: asks before each tool call through the program that coding agents start, carries the call out where the
 * answer has no objection, and tells what came of it, as the coding agent does.
 */
export function hookDoor(
  { address, token, place, systems, program }: HookPlace,
  perform: (call: Call) => Answer,
): Door {
  const connected = new Map<
    string,
    { readonly token: string; readonly command: readonly [string, ...string[]] }
  >();
  let calls = 0;
  let passes = 0;

  const tell = async (agent: string, payload: string): Promise<Ran> => {
    const held = token(agent);
    const known = connected.get(agent);
    const command = known?.token === held ? known.command : await program(agent, held);
    connected.set(agent, { token: held, command });
    return await run(command, payload);
  };
  const about = (agent: string, event: string): JsonObject => ({
    session_id: agent,
    hook_event_name: event,
    cwd: place.workspace,
  });

  return {
    call: async (agent, call) => {
      calls += 1;
      const said = toolOf(call, systems, place);
      const named = { ...said, tool_use_id: `call-${calls}` };
      const payload = JSON.stringify({ ...about(agent, "PreToolUse"), ...named });
      const ran = await tell(agent, payload);
      if (!isPass(ran)) return refusedBy(ran);
      const passed = passes;
      passes += 1;
      const { text, failed } = perform(call);
      const after = failed
        ? { ...about(agent, "PostToolUseFailure"), ...named, error: text }
        : { ...about(agent, "PostToolUse"), ...named, tool_response: text };
      await tell(agent, JSON.stringify(after));
      return {
        outcome: "allow",
        code: null,
        policy: null,
        record: null,
        approval: null,
        text,
        passed,
      };
    },
    prompt: async (agent, text) =>
      isPass(
        await tell(agent, JSON.stringify({ ...about(agent, "UserPromptSubmit"), prompt: text })),
      ),
    delegate: delegateOf({ address, token }),
    reset: () => undefined,
    unsayable: (step) => unsayable(step, systems),
  };
}

/** Why a step is none that a hook can say; null where it is one. */
function unsayable(step: Step, systems: Given["systems"]): string | null {
  if (step.passport !== undefined) return "a hook's program has a token and makes no proofs";
  if (step.credential !== undefined) return "a hook's program sends the token that it was given";
  const { outcome } = expectedOf(step);
  if (step.presents !== undefined && outcome !== "allow" && outcome !== "log")
    return "a hook presents no approval: the same call again is all it can say";
  const system = step.call?.split("/", 1)[0] ?? step.on ?? "";
  const named = [system, ...Object.keys(systems)].some((name) => name.includes("__"));
  return named ? "a coding agent could not tell the server's name from the tool's" : null;
}

/** The call as the coding agent makes it: with a tool of its own, or of an MCP server. */
function toolOf(
  { system, tool, args }: Call,
  systems: Given["systems"],
  place: Place,
): { readonly tool_name: string; readonly tool_input: JsonObject; readonly cwd?: string } {
  const { shell, files } = systems[system] ?? {};
  const text = (name: string): string | null => {
    const value = args[name];
    return typeof value === "string" ? value : null;
  };
  const only = (...names: readonly string[]): boolean =>
    Object.keys(args).every((name) => names.includes(name));
  const [command, path, content] = [text("command"), text("path"), text("text")];
  if (shell !== undefined && tool === "run" && command !== null && only("command", "folder"))
    return {
      tool_name: "Bash",
      tool_input: { command },
      cwd: join(place.workspace, text("folder") ?? "."),
    };
  if (files === true && tool === "read_file" && path !== null && only("path"))
    return { tool_name: "Read", tool_input: { file_path: whole(path, place) } };
  if (files === true && tool === "write_file" && path !== null && only("path", "text"))
    return {
      tool_name: "Write",
      tool_input: { file_path: whole(path, place), content: content ?? "" },
    };
  return { tool_name: `mcp__${system}__${tool}`, tool_input: args };
}

/** Coding agents name files from the root on. Not normalized: what a path says is for the gateway to see. */
function whole(path: string, { workspace, home }: Place): string {
  if (path === "~" || path.startsWith("~/")) return `${home}${path.slice(1)}`;
  return path.startsWith("/") ? path : `${workspace}/${path}`;
}

/** No objection: whatever else the program prints or ends with is a refusal in the coding agent. */
function isPass({ exit, out }: Ran): boolean {
  if (exit !== 0) return false;
  const said = JSON.parse(out) as {
    readonly hookSpecificOutput?: unknown;
    readonly decision?: unknown;
  };
  return said.hookSpecificOutput === undefined && said.decision === undefined;
}

/** A refusal says in words, for a model, what other ways say in fields. */
function refusedBy({ out, err }: Ran): Reached {
  const said = out === "" ? {} : (JSON.parse(out) as { readonly hookSpecificOutput?: JsonObject });
  const reason = said.hookSpecificOutput?.["permissionDecisionReason"];
  const text = typeof reason === "string" ? reason : err.trim();
  const [, policy, code] = /Bylaw: (\S+) \(([^)]+)\)\./.exec(text) ?? [];
  const [, bare] = /Code: (\S+)\. Reason:/.exec(text) ?? /"error":"([^"]+)"/.exec(text) ?? [];
  const approval = /Approval (\S+) is pending/.exec(text)?.[1] ?? null;
  const record = /Logged as record (\d+)\./.exec(text)?.[1];
  const outcome: Outcome = approval === null ? "block" : "require_approval";
  return {
    outcome,
    code: code ?? bare ?? "hook.refused",
    policy: policy ?? null,
    record: record === undefined ? null : Number(record),
    approval,
    text,
  };
}

function run([program, ...args]: readonly [string, ...string[]], input: string): Promise<Ran> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], timeout: CALL_MAX_MS });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  child.stdin.on("error", () => undefined); // it may refuse before it has read everything
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new ScenarioFailure("scenario.start", `the hook's program: ${error.message}`)),
    );
    child.once("close", (exit) => resolve({ exit, out, err }));
  });
}
