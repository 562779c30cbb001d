import type { Verdict } from "../types.ts";

const SAME_EVERYWHERE =
  "Do not try to reach the same effect with other arguments, another tool or another way: the same rule applies to all of them.";

/** What a model is told of a call that did not run: what, who said so, and what to do now. */
export function refusalWords(tool: string, verdict: Verdict): string {
  const { approval, code, policy, reason, record } = verdict;
  const by = policy === null ? `Code: ${code}.` : `Bylaw: ${policy} (${code}).`;
  const logged = record === null ? "" : ` Logged as record ${record}.`;
  const head = approval === null ? "was refused" : "waits for a person";
  const then =
    approval === null
      ? "Report this to the person you work for."
      : `Approval ${approval} is pending; once a person has approved it, exactly the same call passes once.`;
  return `\`${tool}\` ${head} and was not done. ${by} Reason: ${reason}.${logged} ${then} ${SAME_EVERYWHERE}`;
}
