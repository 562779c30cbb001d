import type { ActionRequest, Decision, Effect, Facts, Label } from "@bylaw/core";
import {
  type Analysis,
  closeLabels,
  createProfiles,
  createProvenance,
  type Fate,
  type Output,
  type Profiles,
  type Provenance,
  type ProvenanceSession,
  type ToolCall,
  withProvenance,
} from "@bylaw/facts";

/** Sessions whose results are kept; of more, those go that were silent longest. */
export const SESSIONS_MAX = 64;

/**
 * What a server says about itself is held against what a person has accepted (pinning). If it counted as
 * content from outside as well, every session would have read some before it did anything.
 */
const INTRODUCTIONS: ReadonlySet<string> = new Set([
  "initialize",
  "server/discover",
  "ping",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
  "logging/setLevel",
]);

/** What a session has seen, as far as decisions need it. */
export interface SessionFacts {
  readonly analysis: Analysis;
  readonly session: Pick<Facts["session"], "labels" | "origins" | "untrusted">;
  readonly task: Pick<Facts["task"], "declared" | "inScope">;
}

/** The provenance of all sessions of this gateway, in memory. */
export interface Sessions {
  /** A caller of this session has proved who it is. In: when it began, milliseconds since the epoch. */
  began(session: string, started: number): void;
  /** The person's own words, from a source that the configuration trusts to carry them. */
  prompted(session: string, text: string): void;
  /** What is known about an action besides what it does; remembered until its results are seen. */
  judge(request: ActionRequest, analysis: Analysis): SessionFacts;
  /** What the agent is about to see of an action that was judged before. Never throws. */
  seen(request: ActionRequest, decision: Decision, texts: readonly string[] | null): void;
}

interface Session {
  readonly provenance: ProvenanceSession;
  labels: readonly Label[];
}

interface Judged {
  readonly session: string;
  readonly call: ToolCall;
  readonly provenance: Provenance;
  readonly output: Output;
  readonly labels: readonly Label[];
  /** The call brings something to read, not only word that it was done. */
  readonly looked: boolean;
}

/**
 * In: when this gateway started, milliseconds since the epoch; infinite where other gateways serve the
 * same sessions. What a session saw before, or before it was dropped, is lost: such a session counts as
 * having seen anything.
 */
export function createSessions(opened: number): Sessions {
  const profiles = createProfiles();
  const sessions = new Map<string, Session>();
  const judged = new WeakMap<ActionRequest, Judged>();
  /** Sessions that began until then may have been known and dropped. */
  let forgotten = opened - 1;
  const started = new Map<string, number>();
  /** Results that agents were given and nobody has read into their session yet, oldest first. */
  let unread: (() => void)[] = [];
  const readAll = (): void => {
    const taken = unread;
    unread = [];
    for (const read of taken) read();
  };

  const add = (id: string, lost: boolean): Session => {
    if (sessions.size >= SESSIONS_MAX) drop([...sessions.keys()][0] as string);
    const session = newSession(profiles, lost);
    sessions.set(id, session);
    return session;
  };
  const drop = (id: string): void => {
    forgotten = Math.max(forgotten, started.get(id) ?? Number.POSITIVE_INFINITY);
    sessions.delete(id);
    started.delete(id);
  };
  const used = (id: string): Session => {
    const known = sessions.get(id);
    if (known === undefined) return add(id, true);
    sessions.delete(id); // the order of the map is the order of use
    sessions.set(id, known);
    return known;
  };

  const observe = (known: Judged, texts: readonly string[] | null, fate: Fate): void => {
    try {
      const session = used(known.session);
      session.labels = closeLabels([...session.labels, ...known.labels]);
      session.provenance.observe(known.call, known.provenance, texts, fate, known.output);
    } catch {
      drop(known.session); // what cannot be indexed was seen all the same
      add(known.session, true);
    }
  };

  return {
    began: (id, at) => {
      if (sessions.has(id)) return;
      add(id, at <= forgotten);
      started.set(id, at);
    },
    prompted: (id, text) => used(id).provenance.prompt(text),
    judge: (request, analysis) => {
      readAll();
      const { session: id } = request.caller;
      const { provenance, labels } = used(id);
      const call = callOf(request);
      const found = provenance.judge(call);
      const known = withProvenance(withLabels(analysis, labels), found, request.arguments);
      const looking = known.effects.filter(observes);
      judged.set(request, {
        session: id,
        call,
        provenance: found,
        output: analysis.output,
        labels: looking.flatMap((effect) => effect.labels),
        looked: looking.length > 0,
      });
      return { analysis: known, session: { labels, ...found.session }, task: found.task };
    },
    seen: (request, decision, texts) => {
      const known = judged.get(request);
      if (known === undefined || (texts === null && !known.looked)) return;
      if (INTRODUCTIONS.has(request.operation)) return;
      const fate = decision.claims.approvals.length > 0 ? "approved" : "passed";
      // The answer need not wait for it; the next judgement does.
      if (unread.length === 0) queueMicrotask(readAll);
      unread.push(() => observe(known, texts, fate));
    },
  };
}

function newSession(profiles: Profiles, lost: boolean): Session {
  return { provenance: createProvenance(profiles, lost), labels: [] };
}

function callOf({ target, operation, definition, arguments: args }: ActionRequest): ToolCall {
  return { tool: target ?? operation, definition, arguments: args };
}

function observes({ action }: Effect): boolean {
  return action === "read" || action === "list" || action === "execute";
}

/** What takes nothing with it. */
const CARRIES_NOTHING: ReadonlySet<Effect["action"]> = new Set([
  "read",
  "list",
  "delete",
  "connect",
]);

/** What the session has read may be in whatever it sends or writes. */
function withLabels(analysis: Analysis, labels: readonly Label[]): Analysis {
  if (labels.length === 0) return analysis;
  const effects = analysis.effects.map((effect) =>
    CARRIES_NOTHING.has(effect.action)
      ? effect
      : { ...effect, labels: closeLabels([...effect.labels, ...labels]) },
  );
  return { ...analysis, effects };
}
