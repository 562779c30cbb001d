import type { Bundle, Limit, PolicyMeta } from "../bundle.ts";
import { mayAnswer } from "../decide/approvals.ts";
import { onBehalfOf } from "../decide/context.ts";
import type { Decision, Requirement } from "../decision.ts";
import type { Approval, Facts, Vote } from "../facts.ts";
import type { Json } from "../json/json.ts";
import type { Edit } from "./edit.ts";
import { timeEdits } from "./edits.ts";
import { showTime } from "./show.ts";

/** Changes outside the action itself: a person's yes, a grant that still holds, no handle. */
export function remediesOf(bundle: Bundle, facts: Facts, decision: Decision): readonly Edit[] {
  return [
    ...approvalEdit(facts, decision.requirements),
    ...handleEdits(facts, decision),
    ...decision.reasons.flatMap(({ policy, code }) => {
      const meta = policy === null ? undefined : bundle.policies.get(policy);
      if (meta === undefined) return [];
      return meta.limit === null
        ? grantEdits(facts, meta, code)
        : [limitEdit(facts, meta.id, meta.limit)];
    }),
  ];
}

/** One approval of exactly this action that answers every policy which asks for one. */
function approvalEdit(facts: Facts, requirements: readonly Requirement[]): readonly Edit[] {
  const voters = requirements.map((requirement) => votersOf(facts, requirement));
  if (requirements.length === 0 || voters.some((votes) => votes.length === 0)) return [];
  const longest = Math.max(...requirements.map(({ ttlMs }) => ttlMs));
  const approval: Approval = {
    id: "proposed",
    digest: facts.digest,
    policies: requirements.map(({ policy, digest }) => ({ id: policy, digest })),
    votes: voters.flat(),
    expires: showTime(Date.parse(facts.now) + longest),
  };
  const who = requirements.map(
    ({ quorum, approvers, policy }) =>
      `the approval of ${quorum === 1 ? "one" : quorum} of ${approvers.join(" or ")} (${policy})`,
  );
  return [
    {
      key: "approvals",
      fact: "approvals",
      from: null,
      to: approval as unknown as Json,
      words: who.join(" and "),
      apply: (of) => ({ ...of, approvals: [...of.approvals, approval] }),
    },
  ];
}

/** As many different people as the policy asks for, all of whom may answer; empty where they cannot be found. */
function votersOf(facts: Facts, { approvers, quorum }: Requirement): readonly Vote[] {
  const people: Vote[] = [];
  for (const approver of approvers) {
    if (approver === "on-behalf-of") {
      const head = onBehalfOf(facts.chain);
      if (head !== null) people.push({ user: head.id, groups: head.groups });
    }
    const [type, name = '""'] = approver.split(/::(.*)/s);
    if (type === "User") people.push({ user: JSON.parse(name) as string, groups: [] });
    if (type === "Group")
      for (let at = 1; at <= quorum; at += 1)
        people.push({ user: `person ${at} of ${name}`, groups: [JSON.parse(name) as string] });
  }
  const eligible = people.filter((person) => mayAnswer(person, approvers, facts.chain));
  const distinct = [...new Map(eligible.map((vote) => [vote.user, vote])).values()];
  return distinct.length < quorum ? [] : distinct.slice(0, quorum);
}

function handleEdits(facts: Facts, { reasons }: Decision): readonly Edit[] {
  const presented = facts.approvals.find(({ id }) => id === facts.handle);
  if (facts.handle === null || !reasons.some(({ code }) => code.startsWith("approval."))) return [];
  const without: Edit = {
    key: "handle",
    fact: "handle",
    from: facts.handle,
    to: null,
    words: "no approval presented",
    apply: (of) => ({ ...of, handle: null }),
  };
  const expired = presented !== undefined && presented.expires <= facts.now;
  return expired ? [without, ...timeEdits(facts, Date.parse(presented.expires))] : [without];
}

/** Where nothing else had been counted; an action that is too much by itself stays that. */
function limitEdit(facts: Facts, id: string, { windowMs }: Limit): Edit {
  const when = windowMs === null ? "nothing else in flight" : "nothing counted yet";
  return {
    key: `limits.${id}`,
    fact: `limits.${id}`,
    from: facts.limits?.[id] ?? 0,
    to: 0,
    words: `${when} under the limit ${id}`,
    apply: (of) => ({ ...of, limits: { ...of.limits, [id]: 0 } }),
  };
}

/** What ended a grant, undone. */
function grantEdits(facts: Facts, { id, grant }: PolicyMeta, code: string): readonly Edit[] {
  const state = facts.grants[id] ?? { uses: 0, revoked: false };
  const put = (to: typeof state, words: string): Edit => ({
    key: `grants.${id}`,
    fact: `grants.${id}`,
    from: { ...state },
    to: { ...to },
    words,
    apply: (of) => ({ ...of, grants: { ...of.grants, [id]: to } }),
  });
  switch (code) {
    case "grant.revoked":
      return [put({ ...state, revoked: false }, `the grant ${id} not revoked`)];
    case "grant.spent":
      return grant?.uses == null
        ? []
        : [put({ ...state, uses: grant.uses - 1 }, `one use left of the grant ${id}`)];
    case "grant.expired":
      return grant?.expires == null ? [] : timeEdits(facts, Date.parse(grant.expires));
    default:
      return [];
  }
}
