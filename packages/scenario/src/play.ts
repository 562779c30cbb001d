import type { JsonObject } from "@bylaw/core";
import { type Call, callOf, deedsOf, isCall } from "./deed.ts";
import type { Reached } from "./door/door.ts";
import { OUTCOME_UNKNOWN } from "./door/door.ts";
import { durationOf } from "./duration.ts";
import { expand, fill, type Values } from "./expand.ts";
import type { Ask } from "./mutate/routes.ts";
import { subAgentOf } from "./mutate/sub-agents.ts";
import { ScenarioFailure } from "./ops.ts";
import { type Credential, plainCredential, replayable } from "./passport.ts";
import type { Scenario, Step } from "./scenario.ts";
import type { Governed, Stage } from "./stage.ts";

/** What came of a step: one answer per repetition. */
export interface Played {
  readonly step: Step;
  readonly reached: readonly Reached[];
  readonly milliseconds: number;
  /** Why it was said in another way than asked for, and does not count; null: it was not. */
  readonly skipped: string | null;
}

/** A call as it is about to be made, and a way to make another in its place. */
export interface Attempt {
  readonly call: Call;
  readonly scene: { readonly workspace: string; readonly home: string };
  readonly systems: Scenario["given"]["systems"];
  /** Whether there is another gateway to make calls through. */
  readonly otherGateway: boolean;
  /** The agent passes on to its sub-agent what it may do; false where that is not possible. */
  sub(): Promise<boolean>;
  /** What it leaves waiting is rejected by whoever may, so that the scenario goes on as it would. */
  make(ask: Ask): Promise<Reached>;
}

/** What happens around the steps: progress, or attacks before a step. */
export interface Around {
  /** In: null for what is no call. */
  before(step: Step, attempt: Attempt | null): Promise<void>;
  after(played: Played, at: number): void;
}

/** Plays every step in order, whatever came of the ones before. */
export async function playSteps(
  scenario: Scenario,
  stage: Stage,
  around: Around,
  clock: () => number,
): Promise<readonly Played[]> {
  const played: Played[] = [];
  const approvals = new Map<string, string>();
  for (const [at, step] of scenario.when.entries()) {
    await around.before(step, attemptOf(scenario, stage, step, approvals));
    const started = clock();
    const reached: Reached[] = [];
    for (let n = 1; n <= (step.repeat ?? 1); n += 1)
      reached.push(await playOnce(scenario, stage, step, n, approvals));
    const waits = reached.findLast(({ approval }) => approval !== null)?.approval;
    if (waits !== undefined && waits !== null) approvals.set(step.step, waits);
    const skipped = isCall(step) ? stage.door.unsayable(step) : null;
    const one = { step, reached, milliseconds: Math.round(clock() - started), skipped };
    played.push(one);
    around.after(one, at);
  }
  return played;
}

async function playOnce(
  scenario: Scenario,
  stage: Stage,
  step: Step,
  n: number,
  approvals: Map<string, string>,
): Promise<Reached> {
  if (isCall(step)) return await playCall(scenario, stage, step, n, approvals);
  if (step.redefine !== undefined) {
    stage.redefine(step.redefine, step.about ?? "");
    return done();
  }
  if (step.prompt !== undefined) {
    const taken = await stage.door.prompt(actorOf(scenario, step), step.prompt);
    return taken ? done() : said("block", "prompt.not_taken", "the gateway does not take it");
  }
  if (stage.governed === null) return done();
  if (step.delegate !== undefined) {
    const code = await stage.governed.delegate(actorOf(scenario, step), step.delegate);
    return code === null ? done() : said("block", code, "it was not delegated");
  }
  return await administer(scenario, stage.governed, step, approvals);
}

async function playCall(
  scenario: Scenario,
  stage: Stage,
  step: Step,
  n: number,
  approvals: ReadonlyMap<string, string>,
): Promise<Reached> {
  const agent = actorOf(scenario, step);
  const values: Values = { n, workspace: stage.place.workspace, home: stage.place.home };
  const call = callIn(scenario, step, values);
  const handle = step.presents === undefined ? undefined : approvals.get(step.presents);
  if (step.presents !== undefined && handle === undefined && stage.governed !== null)
    return said("block", "scenario.no_approval", `\`${step.presents}\` left nothing waiting`);
  const credential = await credentialOf(stage, step, agent, values);
  const options = {
    ...(handle === undefined ? {} : { handle }),
    ...(credential === null ? {} : { credential }),
  };
  const door = stage.door.unsayable(step) === null ? stage.door : stage.aside;
  const first = await door.call(agent, call, options);
  if (step.passport?.again === true && credential !== null && "replay" in credential) {
    credential.replay();
    return await door.call(agent, call, options);
  }
  if (step.approved_by === undefined || stage.governed === null) return first;
  if (first.approval === null) return first;
  for (const person of step.approved_by) {
    const answer = await told(stage.governed.vote(first.approval, person, "approve"));
    // An earlier step may have asked for exactly this, and the person's yes to it still stands.
    if (answer.outcome === "block" && answer.code !== "approver.voted") return answer;
  }
  return await door.call(agent, call, options);
}

/** What the step presents in place of its agent's own token. */
async function credentialOf(
  { governed }: Stage,
  { credential, passport }: Step,
  agent: string,
  values: Values,
): Promise<Credential | ReturnType<typeof replayable> | null> {
  if (credential !== undefined) return plainCredential(fill(credential, values));
  if (passport === undefined || governed === null) return null;
  return replayable(await governed.passport(agent, passport));
}

function actorOf({ given }: Scenario, { by }: Step): string {
  return by ?? Object.keys(given.agents)[0] ?? "";
}

/** The call of a step as it is made: its placeholders filled. */
function callIn({ given }: Scenario, step: Step, values: Values): Call {
  const written = callOf(step, given.systems);
  if (written === null) throw new Error("a step that was read has its call");
  return { ...written, args: expand(written.args, values) as JsonObject };
}

function attemptOf(
  scenario: Scenario,
  { place, door, aside, governed }: Stage,
  step: Step,
  approvals: ReadonlyMap<string, string>,
): Attempt | null {
  if (!isCall(step) || governed === null || door.unsayable(step) !== null) return null;
  const { workspace, home } = place;
  const handle = step.presents === undefined ? undefined : approvals.get(step.presents);
  const actor = actorOf(scenario, step);
  return {
    call: callIn(scenario, step, { n: 1, workspace, home }),
    scene: { workspace, home },
    systems: scenario.given.systems,
    otherGateway: door !== aside,
    sub: async () => {
      const to = subAgentOf(actor);
      return (await governed.delegate(actor, { to })) === null;
    },
    make: async ({ call, sub, aside: other }) => {
      const options = handle === undefined ? {} : { handle };
      const by = sub ? subAgentOf(actor) : actor;
      const reached = await (other ? aside : door).call(by, call, options);
      const { approval } = reached;
      if (approval !== null && ![...approvals.values()].includes(approval))
        for (const person of Object.keys(scenario.given.people ?? {}))
          if ((await told(governed.vote(approval, person, "reject"))).outcome === "allow") break;
      return reached;
    },
  };
}

async function administer(
  scenario: Scenario,
  governed: Governed,
  step: Step,
  approvals: ReadonlyMap<string, string>,
): Promise<Reached> {
  const [deed] = deedsOf(step);
  switch (deed) {
    case "approve":
    case "reject": {
      const approval = approvals.get(step[deed] ?? "");
      if (approval === undefined)
        return said(
          "block",
          "scenario.no_approval",
          `\`${step[deed] ?? ""}\` left nothing waiting`,
        );
      return await told(governed.vote(approval, step.as ?? "", deed));
    }
    case "after":
      governed.passTime(durationOf(step.after ?? ""));
      return done();
    case "grant": {
      if (step.grant === undefined) return done();
      const { id, ...grant } = step.grant;
      return await told(governed.grant(id, grant));
    }
    case "revoke":
      return await told(governed.revoke(step.revoke ?? "", step.as ?? giverOf(scenario, step)));
    case "halt":
    case "release":
      return await told(governed.halt(step[deed] ?? "", deed === "halt", step.as ?? null));
    case "policies":
      return await told(
        governed.addPolicies(`step-${step.step.replace(/\W+/g, "-")}`, step.policies ?? ""),
      );
    case "suspend":
      return await told(governed.suspend(step.suspend ?? "", true));
    case "resume":
      return await told(governed.suspend(step.resume ?? "", false));
    case "withdraw":
      return await told(governed.withdraw(step.withdraw ?? ""));
    case "restart":
      return await told(governed.restart());
    default:
      throw new Error(`nobody plays \`${deed ?? ""}\``);
  }
}

/** Who gave the grant that a step takes back. */
function giverOf({ given, when }: Scenario, { revoke = "" }: Step): string {
  const later = when.find(({ grant }) => grant?.id === revoke)?.grant;
  return given.grants?.[revoke]?.by ?? later?.by ?? "";
}

/** A refusal of Bylaw's own administration is an outcome; a defect is not. */
async function told(work: Promise<void>): Promise<Reached> {
  try {
    await work;
    return done();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (error instanceof ScenarioFailure || typeof code !== "string") throw error;
    return said("block", code, (error as Error).message);
  }
}

function done(): Reached {
  return said("allow", null, "");
}

function said(outcome: Reached["outcome"], code: string | null, text: string): Reached {
  return { outcome, code, text, ...OUTCOME_UNKNOWN };
}
