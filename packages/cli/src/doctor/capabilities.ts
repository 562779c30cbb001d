import type { ClientId } from "@bylaw/gateway";

/**
 * `enforced`: it does not happen without Bylaw's yes. `observed`: Bylaw sees it and cannot stop it.
 * `open`: Bylaw does not see it; the way to close it is another one.
 */
export type Reach = "enforced" | "observed" | "open";

export interface Route {
  readonly what: string;
  readonly reach: Reach;
  readonly because: string;
}

/** What Bylaw can and cannot do in one client: printed by `bylaw doctor` and in docs/clients.md. */
export interface Capability {
  readonly title: string;
  /** Version that was seen to obey, most of them in the end-to-end suite; null: never seen running. */
  readonly seen: string | null;
  readonly routes: readonly Route[];
}

const route = (what: string, reach: Reach, because: string): Route => ({ what, reach, because });

const OWN = route("its own tools", "enforced", "asked before each call");
const MCP = route("MCP tools", "enforced", "asked before each call, and again by the MCP gateway");
const PROGRAMS = route(
  "what a started program does",
  "open",
  "a hook sees the command, not what runs; use a sandbox",
);
const HOSTED = route(
  "web search of the provider",
  "open",
  "it runs at the provider, without a hook",
);
const UNDONE = route("results", "observed", "recorded; they cannot be changed on their way");
const OPEN_HOOKS = (what: string): Route =>
  route(
    "a hook that the client ends or skips",
    "open",
    `the client goes on then, and ${what}; Bylaw's own program refuses before that`,
  );

const UNSTARTED = route(
  "a hook that cannot be started, or is killed",
  "enforced",
  "what starts it refuses then, in words",
);

export const CAPABILITIES: Readonly<Record<ClientId, Capability>> = {
  "claude-code": {
    title: "Claude Code",
    seen: "2.1.329",
    routes: [
      OWN,
      MCP,
      route("results", "enforced", "secrets are taken out where policy says so"),
      route(
        "a hook that fails or does not answer",
        "enforced",
        "`onFailure: block`, from 2.1.295 on",
      ),
      route("changed settings", "enforced", "a change waits for a yes before it counts"),
      route("prompts", "observed", "told to Bylaw; they wait for a gateway that runs"),
      route(
        "switched off by the user",
        "open",
        "`disableAllHooks` and `--bare` do that, except for --managed hooks",
      ),
      PROGRAMS,
    ],
  },
  codex: {
    title: "Codex",
    seen: "0.169.0",
    routes: [
      OWN,
      MCP,
      UNDONE,
      route("prompts", "observed", "told to Bylaw; they wait for a gateway that runs"),
      route(
        "hooks that nobody trusted",
        "open",
        "they are skipped without a word; trust them with /hooks",
      ),
      UNSTARTED,
      OPEN_HOOKS("it cannot be told to stop"),
      route("input of a running process", "open", "`write_stdin` has no hook"),
      HOSTED,
      PROGRAMS,
    ],
  },
  "gemini-cli": {
    title: "Gemini CLI",
    seen: "0.61.0",
    routes: [
      OWN,
      MCP,
      UNDONE,
      route("prompts", "observed", "told to Bylaw; they wait for a gateway that runs"),
      UNSTARTED,
      OPEN_HOOKS("it cannot be told to stop"),
      PROGRAMS,
    ],
  },
  cursor: {
    title: "Cursor",
    seen: null,
    routes: [
      OWN,
      route(
        "MCP tools",
        "enforced",
        "asked before each call, as tools that nobody knows, since no server is named; and again by the MCP gateway",
      ),
      UNDONE,
      route("prompts", "observed", "told to Bylaw; they wait for a gateway that runs"),
      route("a hook that fails or does not answer", "enforced", "`failClosed: true`"),
      route(
        "a version without `preToolUse`",
        "open",
        "it skips events that it does not know, without a word: look when it was last heard",
      ),
      route(
        "what is not a tool call",
        "open",
        "completions, and files that a person attaches: Bylaw does not ask to be told of them",
      ),
      PROGRAMS,
    ],
  },
  "copilot-cli": {
    title: "Copilot CLI",
    seen: "1.0.102",
    routes: [
      OWN,
      route(
        "MCP tools",
        "enforced",
        "asked before each call, as tools that nobody knows, since no server is named; and again by the MCP gateway",
      ),
      UNDONE,
      route("prompts", "observed", "told to Bylaw; they go on in any case"),
      route("a hook that cannot be started, or fails", "enforced", "the client refuses then"),
      OPEN_HOOKS("also after one that says nothing or half an answer"),
      route(
        "hooks of a project (--project)",
        "open",
        "they are skipped without a word in a folder that nobody has trusted",
      ),
      route(
        "switched off by a project",
        "open",
        "`disableAllHooks` in the settings of a trusted folder does that, except for --managed hooks",
      ),
      PROGRAMS,
    ],
  },
  openclaw: {
    title: "OpenClaw",
    seen: "2026.9.6",
    routes: [
      OWN,
      MCP,
      UNDONE,
      route(
        "a plugin that fails or takes too long",
        "enforced",
        "the client refuses then, after 15 seconds unless it is told another time",
      ),
      route(
        "a plugin that returns anything but `block: true`",
        "open",
        "the client goes on then, also after words, lists and nothing",
      ),
      route("`openclaw agent exec`", "open", "the client does not ask the plugin there"),
      route("the plugin itself", "open", "it runs inside of the client, which can unload it"),
      PROGRAMS,
    ],
  },
};
