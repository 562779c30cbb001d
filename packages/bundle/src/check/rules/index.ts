import type { Rule } from "../rule.ts";
import { forbidCanFail } from "./forbid-can-fail.ts";
import { grantExpired } from "./grant-expired.ts";
import { grantUnowned } from "./grant-unowned.ts";
import { grantUnused } from "./grant-unused.ts";
import { grantWithoutEnd } from "./grant-without-end.ts";
import { manyUnscoped } from "./many-unscoped.ts";
import { neverApplies } from "./never-applies.ts";
import { permitUnused } from "./permit-unused.ts";
import { permitWiderThanUsed } from "./permit-wider-than-used.ts";
import { shadowedForbid } from "./shadowed-forbid.ts";
import { undecidedAction } from "./undecided-action.ts";
import { unreachablePermit } from "./unreachable-permit.ts";

/** Every lint over a set of policies, in the order of docs/check.md. */
export const RULES: readonly Rule[] = [
  neverApplies,
  shadowedForbid,
  unreachablePermit,
  forbidCanFail,
  grantExpired,
  grantWithoutEnd,
  grantUnowned,
  grantUnused,
  permitUnused,
  permitWiderThanUsed,
  undecidedAction,
  manyUnscoped,
];
