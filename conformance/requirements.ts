/**
 * What Bylaw has to be able to do, as data: every line is cited by a test or a scenario that shows it, or says
 * which part of Bylaw it waits for. `house/requirements.test.ts` checks both directions, and writes
 * docs/requirements.md.
 *
 * A test cites with a comment `// shows: C1.1, C5.2` above it, a scenario with `shows: [C1.1]`.
 */
export interface Requirement {
  /** `C` and the number of its capability, then its own. */
  readonly id: string;
  /** What holds, so that it can be found false. */
  readonly holds: string;
  /** Where it comes from: an incident, a published format, or how such gateways fail. */
  readonly source: string;
  /** Null: built. Otherwise the part it waits for, one of `rooms` in scenarios/expected-failures.yaml. */
  readonly waitsFor: string | null;
}

export const CAPABILITIES: Readonly<Record<string, string>> = {
  C1: "One decision point",
  C2: "Deterministic decisions",
  C3: "Identity and least privilege",
  C4: "Threat lists, enforced",
  C5: "Human approval",
  C6: "Supply chain",
  C7: "MCP",
  C8: "Egress and information flow",
  C9: "Secrets",
  C10: "Audit",
  C11: "Observability",
  C12: "Limits, loops and the kill switch",
  C13: "Contracts of tasks",
  C14: "Several agents",
  C15: "Scenarios",
  C16: "Certified model output",
  C17: "Rollback",
};

const built = (id: string, source: string, holds: string): Requirement => ({
  id,
  source,
  holds,
  waitsFor: null,
});
const later = (id: string, waitsFor: string, source: string, holds: string): Requirement => ({
  id,
  source,
  holds,
  waitsFor,
});

export const REQUIREMENTS: readonly Requirement[] = [
  built(
    "C1.1",
    "the 1,200 records: four layers, each with a check of its own",
    "One action has one outcome, one policy and one reason code through MCP, the SDK and the hooks of coding agents.",
  ),
  later(
    "C1.2",
    "http",
    "the same",
    "So it has through an HTTP proxy, a model's API, a database's protocol and a package registry.",
  ),
  built(
    "C1.3",
    "a prompt rule that was argued away",
    "No reason, description or comment in a request changes a decision; detectors may only tighten one.",
  ),
  built(
    "C1.4",
    "the 1,200 records: an API, a terminal and SQL led to the same table",
    "Another way to the same end is not weaker than the direct one: in parts, in the terminal, through a file, by a sub-agent.",
  ),

  built(
    "C2.1",
    "records that nobody could check",
    "Equal facts and equal policies give the same decision byte for byte, in whatever order they come, and again from the log.",
  ),
  built(
    "C2.2",
    "gateways that fail open",
    "A missing or damaged policy, store or threat list is a block with a code, or no start at all, and never an allow.",
  ),
  built(
    "C2.3",
    "policy sets that nobody reads as a whole",
    "Policies that can never decide, because another always does, and actions without any policy are found before they are in force.",
  ),
  later(
    "C2.4",
    "proofs",
    "the 1,200 records: a forgotten permission",
    "It is proved of a whole policy set that no grant lets a delete in production pass without a person.",
  ),

  built(
    "C3.1",
    "the deleted environment: an operator's role was the agent's",
    "An action needs the right of the person, of every agent of the chain and of every delegation, all of them at that time.",
  ),
  built(
    "C3.2",
    "published agent passports",
    "What is passed on to a sub-agent only narrows: actions, resources, amounts, time and depth.",
  ),
  built(
    "C3.3",
    "published agent passports",
    "Whoever takes an agent, a grant or a delegation back stops everything below it at the next action, also on other gateways of the store.",
  ),
  built(
    "C3.4",
    "published agent passports: no algorithm, another audience, no proof",
    "Forged, expired, replayed and unproven credentials are refused, each with a code of its own.",
  ),

  built(
    "C4.1",
    "SHIELD.md and its feeds",
    "Every published layout of a threat list loads; a match blocks in the words that the format asks for.",
  ),
  built(
    "C4.2",
    "SHIELD.md and its feeds",
    "What could not be read is listed and counted, entries that ended or were taken back decide nothing, and only the context form stops at 25.",
  ),

  built(
    "C5.1",
    "approvals that nobody could bind to what ran",
    "A yes is good for one action with exactly these arguments, for a time, from as many different people as asked for, none of them the requester or an agent.",
  ),
  built(
    "C5.2",
    "approvals that nobody could bind to what ran",
    "Silence is no yes, a restart changes nothing, and one changed byte needs another yes.",
  ),

  built(
    "C6.1",
    "litellm 1.82.8, cline 2.3.0",
    "A release that nobody has inspected, or that is younger than 72 hours, is not installed, also when another package brings it along.",
  ),
  later(
    "C6.2",
    "inspect",
    "litellm 1.82.8, cline 2.3.0, counterfeit models",
    "An installation is decided on what it resolves to: digests, publisher, install scripts, start-up files, signed attestations of several builders.",
  ),
  later(
    "C6.3",
    "inspect",
    "moved tags of build actions",
    "A name that has come to mean something else blocks, and one that may change asks.",
  ),
  later(
    "C6.4",
    "inspect",
    "source maps in release 2.1.88",
    "What is about to be published is looked into, without running any of it; source maps and secret files stop it.",
  ),

  built(
    "C7.1",
    "a gateway that decided calls and showed every tool",
    "Tools that an agent may not use are not in its list, and a call of one is blocked all the same.",
  ),
  built(
    "C7.2",
    "servers that change a tool after it was reviewed",
    "A changed description or schema is withheld until a person has looked at it.",
  ),
  built(
    "C7.3",
    "an engagement with targets",
    "Policies narrow by agent, by tool and by the value of an argument.",
  ),
  built(
    "C7.4",
    "tokens passed through to servers",
    "What a client presents to Bylaw is never sent on to a server.",
  ),
  built(
    "C7.5",
    "the protocol's other methods",
    "Batches, unknown methods, resources and prompts are decided like calls of tools.",
  ),

  built(
    "C8.1",
    "a README that made an agent download a program",
    "A host that no policy names is not reached, however its address is written and by whatever command.",
  ),
  later(
    "C8.2",
    "http",
    "a README that made an agent download a program",
    "So after the name was resolved, and at every redirect.",
  ),
  built(
    "C8.3",
    "confidential mail that a model summarised",
    "Labels and distrust of what a session has read follow it to what it sends; a destination that is not cleared for a label blocks.",
  ),
  built(
    "C8.4",
    "confidential mail: two folders were forgotten",
    "The label decides, and neither the folder nor the tool nor the gateway.",
  ),

  later(
    "C9.1",
    "http",
    "a key sent to the address in a repository's settings",
    "Agents hold placeholders; the real credential goes to its own scheme, host and path alone.",
  ),
  built(
    "C9.2",
    "keys in logs",
    "The log, its bodies and whatever the gateway prints hold keyed digests: a planted secret is found nowhere.",
  ),
  built(
    "C9.3",
    "keys in generated code",
    "A credential in what is about to be written, committed or sent is found before it is.",
  ),
  later(
    "C9.4",
    "detectors",
    "honeytokens",
    "Whoever uses a planted credential is blocked, and that is an incident.",
  ),

  built(
    "C10.1",
    "logs that could be rewritten",
    "A changed, missing, moved or cut entry is found offline with the public key alone; a log that was cut short, with a checkpoint kept elsewhere.",
  ),
  built(
    "C10.2",
    "auditors who were not there",
    "An entry says who, what, why and what came of it, and its decision can be made again from it.",
  ),

  later(
    "C11.1",
    "telemetry",
    "fleets of agents",
    "Decisions leave as traces and metrics while the gateway runs; the log exports them as OTLP already.",
  ),
  later(
    "C11.2",
    "detectors",
    "a coding agent that got worse over 6,852 sessions; an intrusion campaign",
    "A change of behaviour and a sequence that leads to harm raise an alarm with its baseline, its window and its entries.",
  ),
  built("C11.3", "auditors who were not there", "Who used which permission when is one query."),

  built(
    "C12.1",
    "limits that restarts and splitting got around",
    "Limits hold for racing calls, calls in flight, restarts and several gateways; what was refused uses nothing up.",
  ),
  built(
    "C12.2",
    "agents that nobody could stop",
    "The kill switch stops the very next action, and what was held before.",
  ),
  built(
    "C12.3",
    "loops, and servers that fail again and again",
    "The same call again and again stops, also where several take turns, and a server that keeps failing is left alone.",
  ),

  later(
    "C13.1",
    "contracts",
    "a research loop that could move its own ruler",
    "Files that say what a task may do become policies, and what does not is listed.",
  ),
  built(
    "C13.2",
    "agents that edit their own instructions",
    "Instructions and policies are protected, whatever path, link or command leads to them.",
  ),
  built(
    "C13.3",
    "a research loop that could move its own ruler",
    "What measures is not changed by what is measured, and rounds are counted outside of the loop.",
  ),

  later(
    "C14.1",
    "teams",
    "eight agents on one repository",
    "Who works on a file holds a lease with an end, late writes are refused, and a claim needs a right and evidence of the work.",
  ),
  built(
    "C14.2",
    "eight agents on one repository",
    "Agents start agents three levels deep at most.",
  ),
  built(
    "C14.3",
    "agents that named themselves in an argument",
    "Who acts comes from the credential, and never from what a call says.",
  ),
  later(
    "C14.4",
    "teams",
    "memory poisoned today that acts tomorrow",
    "Messages between agents and what they remember carry the labels of what they came from.",
  ),

  built(
    "C15.1",
    "incidents that nobody could replay",
    "Every incident is played through the real gateways, step by step, with the state of the world and the log checked.",
  ),
  built(
    "C15.2",
    "agents that write code against the tests they see",
    "Scenarios can be held out: they are played, and nothing but counts is told.",
  ),
  built(
    "C15.3",
    "rules that look at how something is written",
    "Variants of every refused step keep the verdict or strengthen it; planted holes are found.",
  ),
  built(
    "C15.4",
    "tasks with more than one good way",
    "How many of several ways are satisfied is told with an interval, and held against what the file asks for.",
  ),

  later(
    "C16.1",
    "certificates",
    "JSON that drifted between two runs",
    "What a model's answers look like is certified from recorded runs, the same runs giving the same digest.",
  ),
  later(
    "C16.2",
    "certificates",
    "JSON that drifted between two runs",
    "Another model is let in by the low end of the interval, and not by the share.",
  ),

  built(
    "C17.1",
    "policies that broke production",
    "Policies are observed, then warned of, then enforced, and the version before is back at once.",
  ),
  later(
    "C17.2",
    "undo",
    "the 1,200 records",
    "What can be undone has an image from before, and what cannot says so to whoever is asked.",
  ),
];
