import { type Decision, deciding, type Facts, type Reason } from "@bylaw/core";
import type { LogArchive } from "@bylaw/ledger";
import { CommandError, EXIT } from "../exit.ts";
import { createProgress } from "../progress.ts";
import { type Entry, readEntries } from "./entries.ts";
import type { Summary } from "./export.ts";
import { createFilter } from "./filter.ts";

/** What an action was, to somebody who reads the story of its session. */
export type Step = "read" | "asked" | "tried";

/** How it ended, as far as the log knows. `open`: it was sent, and nothing says what came of it. */
export type End = "done" | "failed" | "unknown" | "open" | "stopped" | "waiting";

/** One action of a session with everything that the log holds about it. */
export interface Told {
  readonly index: number;
  readonly at: string;
  readonly id: string;
  readonly step: Step;
  readonly end: End;
  readonly agent: string;
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly effects: Summary["effects"];
  readonly provenance: Summary["provenance"];
  /** What detectors said, from the Facts; empty too when those were pruned. */
  readonly findings: readonly string[];
  /** Why it was stopped, held, or let pass. */
  readonly because: Pick<Reason, "code" | "policy" | "text">;
  readonly answers: readonly Answer[];
  /** When it ended, where the log says so, and with which code. */
  readonly endedAt: string | null;
  readonly code: string | null;
}

interface Answer {
  readonly at: string;
  readonly approval: string;
  readonly verdict: string;
  readonly by: string | null;
}

export interface Timeline {
  readonly session: string;
  readonly chain: readonly string[];
  readonly from: string;
  readonly until: string;
  readonly actions: readonly Told[];
}

type Draft = { -readonly [K in keyof Told]: Told[K] } & { answers: Answer[] };

/** What happened in one session. Throws `session.not_found` for one that the log does not know. */
export async function timelineOf(archive: LogArchive, session: string): Promise<Timeline> {
  const matches = createFilter({ session });
  const { size } = await archive.head();
  const progress = createProgress("records", size);
  const story = createStory(archive);
  for await (const entries of readEntries(archive, 0, size)) {
    for (const entry of entries) if (matches(entry)) await story.add(entry);
    progress.at((entries.at(-1)?.index ?? 0) + 1);
  }
  progress.end();
  const told = story.told(session);
  if (told === null)
    throw new CommandError(EXIT.no, "session.not_found", `the log has no session \`${session}\``);
  return told;
}

function createStory(archive: Pick<LogArchive, "body">): {
  add(entry: Entry): Promise<void>;
  told(session: string): Timeline | null;
} {
  const actions = new Map<string, Draft>();
  /** Approvals, and the actions that wait for them or used them. */
  const askers = new Map<string, string[]>();
  let chain: readonly string[] = [];
  let from = "";
  let until = "";

  async function draftOf(entry: Entry, action: Summary, decision: Decision): Promise<Draft> {
    const { code, policy, text } = deciding(decision);
    const because = { code, policy, text };
    chain = action.chain.map(({ id }) => id);
    const known = actions.get(action.id);
    if (known !== undefined) return Object.assign(known, { because });
    const draft: Draft = {
      index: entry.index,
      at: entry.record.at,
      id: action.id,
      step: stepOf(action),
      end: "open",
      agent: action.chain.findLast(({ type }) => type === "Agent")?.id ?? action.credential,
      upstream: action.upstream,
      operation: action.operation,
      target: action.target,
      effects: action.effects,
      provenance: action.provenance,
      findings: await findingsOf(archive, action),
      because,
      answers: [],
      endedAt: null,
      code: null,
    };
    actions.set(action.id, draft);
    return draft;
  }

  function link(approval: string, action: string): void {
    askers.set(approval, [...(askers.get(approval) ?? []), action]);
  }

  async function add(entry: Entry): Promise<void> {
    const { record } = entry;
    from ||= record.at;
    until = record.at;
    switch (record.kind) {
      case "hold":
        link(record.approval, record.action.id);
        (await draftOf(entry, record.action, record.decision)).end = "waiting";
        return;
      case "refusal": {
        if (record.action === null) return;
        const draft = await draftOf(entry, record.action, record.decision);
        draft.end = record.decision.outcome === "require_approval" ? "waiting" : "stopped";
        draft.endedAt = record.at;
        return;
      }
      case "intent": {
        const draft = await draftOf(entry, record.action, record.decision);
        draft.end = "open";
        // What a person had allowed before is why this one went through.
        for (const approval of record.decision.claims.approvals)
          for (const asker of askers.get(approval) ?? [])
            if (asker !== draft.id) draft.answers.push(...(actions.get(asker)?.answers ?? []));
        return;
      }
      case "approval":
        for (const asker of askers.get(record.approval) ?? []) {
          const draft = actions.get(asker);
          draft?.answers.push({
            at: record.at,
            approval: record.approval,
            verdict: record.verdict,
            by: record.by,
          });
          if (draft !== undefined && record.verdict !== "approved") draft.end = "stopped";
        }
        return;
      case "outcome": {
        const draft = actions.get(record.action);
        if (draft === undefined) return;
        const ends = { ok: "done", error: "failed", unknown: "unknown" } as const;
        draft.end = ends[record.completion];
        draft.endedAt = record.at;
        draft.code = record.code;
        return;
      }
      default:
        return;
    }
  }

  return {
    add,
    told: (session) =>
      actions.size === 0 ? null : { session, chain, from, until, actions: [...actions.values()] },
  };
}

/** Prompts are what the agent was asked with; what only reads or lists is what it read. */
function stepOf({ operation, effects }: Summary): Step {
  if (operation.startsWith("prompts/") || operation.startsWith("sampling/")) return "asked";
  return effects.every(({ action }) => action === "read" || action === "list") ? "read" : "tried";
}

/** From the Facts kept beside the log; without them the record alone tells. */
async function findingsOf(
  archive: Pick<LogArchive, "body">,
  { facts }: Summary,
): Promise<readonly string[]> {
  const body = await archive.body(facts);
  if (body === null) return [];
  try {
    const { effects } = JSON.parse(Buffer.from(body).toString("utf8")) as Pick<Facts, "effects">;
    return [...new Set(effects.flatMap(({ findings }) => findings))];
  } catch {
    return []; // what does not read tells nothing; `audit verify` says why
  }
}
