import { ACTIONS } from "@bylaw/core";
import { AGENTS_MAX, DELEGATED_RESOURCES_MAX, PASSPORT_SECONDS_MAX } from "@bylaw/identity";
import * as z from "zod";
import type { DelegationOrder } from "../identity/delegating.ts";

const MS = 1_000;
const amount = z.int().nonnegative().nullable().default(null);

/** What an agent sends to delegate; whatever it leaves out is not narrowed, but by what it has itself. */
export const delegationBody: z.ZodType<DelegationOrder, unknown> = z.strictObject({
  to: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  actions: z.array(z.enum(ACTIONS)).min(1).nullable().default(null),
  resources: z
    .array(z.strictObject({ type: z.string().max(64), id: z.string().min(1).max(256) }))
    .min(1)
    .max(DELEGATED_RESOURCES_MAX)
    .nullable()
    .default(null),
  quantity: amount,
  cost: amount,
  lifetimeMs: z
    .int()
    .min(MS)
    .max(PASSPORT_SECONDS_MAX * MS)
    .default(PASSPORT_SECONDS_MAX * MS),
  depth: z
    .int()
    .nonnegative()
    .max(AGENTS_MAX - 2)
    .default(0),
  thumbprint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .nullable()
    .default(null),
});
