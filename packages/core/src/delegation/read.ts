import {
  boolean,
  count,
  listOf,
  matching,
  nullOr,
  objectOf,
  oneOf,
  type Shape,
} from "../json/shape.ts";
import { ACTIONS, RESOURCE_TYPES } from "../vocabulary.ts";
import type { Delegation } from "./delegation.ts";

const NAME = matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const ID = matching(/^[A-Za-z0-9_-]{1,64}$/);
const TEXT = matching(/^[^]{1,4096}$/u);
const TIME = matching(
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/,
);
/** Types that an effect's resource, or what it is in, can have. */
const PLACES = [...RESOURCE_TYPES, "Environment", "Workspace", "Domain", "Class", "Label"];

const members = {
  id: ID,
  from: NAME,
  to: NAME,
  actions: nullOr(listOf(oneOf(ACTIONS), { min: 1, distinct: true })),
  resources: nullOr(listOf(objectOf({ type: oneOf(PLACES), id: TEXT }), { min: 1 })),
  quantity: nullOr(count),
  cost: nullOr(count),
  expires: TIME,
  depth: count,
};

const delegations = listOf(objectOf(members), { min: 1 });

/** The shape of the delegations in Facts. */
export const delegationStates: Shape = listOf(objectOf({ ...members, revoked: boolean }), {
  min: 1,
});

/** Delegations from outside the process. In: parsed JSON. Out: null for anything else. */
export function readDelegations(value: unknown): readonly Delegation[] | null {
  return delegations(value, "") === null ? (value as readonly Delegation[]) : null;
}
