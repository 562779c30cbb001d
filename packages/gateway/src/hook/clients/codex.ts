import { type HookClient, NO_OBJECTION, say, stop } from "../client.ts";
import { decodeClaude } from "./claude-code.ts";

/**
 * Codex's hooks (0.169.0): https://developers.openai.com/codex/hooks. An answer with `allow` or `ask`
 * counts as a failed hook, and after that the command runs: only a denial and an empty object are
 * ever said.
 */
export const CODEX: HookClient = {
  id: "codex",
  replacesResults: false,
  decode: (payload) => {
    const event = decodeClaude(payload);
    return event?.kind === "change" ? null : event;
  },
  encode: (event, ruling) => {
    if (ruling.kind === "pass") return NO_OBJECTION;
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind !== "call") return stop(ruling.words);
    return say({
      hookSpecificOutput: {
        hookEventName: "PreToolUse",
        permissionDecision: "deny",
        permissionDecisionReason: ruling.words,
      },
    });
  },
};
