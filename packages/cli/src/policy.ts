import type { PolicyStatus, ShadowStatus } from "@bylaw/server";
import { visible } from "./visible.ts";

/** What is in force, and whatever about it a person should know, in lines. */
export function describePolicy(policy: PolicyStatus): string {
  const { version, created, acceptedBy, followsFiles, refused, quarantined, pending } = policy;
  const lines = [`version ${version} of ${created}, accepted by ${acceptedBy}`];
  if (quarantined)
    lines.push(`QUARANTINED, everything is blocked; see: bylaw policy release ${policy.digest}`);
  if (!followsFiles)
    lines.push("rolled back: the policy files say something else and are not followed");
  if (pending !== null)
    lines.push("changed policy files WAIT for a person; see: bylaw policy reload");
  if (refused.length > 0) lines.push(`the policy files were refused: ${refused.length} problems`);
  return visible(lines.join("; "));
}

/** Whether decisions are compared with Cedar's own, and how many were. */
export function describeShadow(shadow: ShadowStatus): string {
  const { share, state, compared, mismatches, dropped } = shadow;
  if (state === "off") return "off";
  const warning = state === "down" ? "DOWN, nothing is compared; " : "";
  const counts = `${compared} compared, ${mismatches} mismatches, ${dropped} dropped`;
  return `${warning}${share * 100}% of decisions: ${counts}`;
}
