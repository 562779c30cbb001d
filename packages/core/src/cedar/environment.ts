import type { EntityData } from "./entities.ts";
import type { EntityValue, RecordValue } from "./value.ts";

/** What an expression is evaluated against. */
export interface Environment {
  readonly principal: EntityValue;
  readonly action: EntityValue;
  readonly resource: EntityValue;
  readonly context: RecordValue;
  /** Undefined for an entity that nothing is known about. */
  readonly find: (uid: EntityValue) => EntityData | undefined;
}

/** What a template's slots stand for; a static policy has none. */
export interface Slots {
  readonly principal?: EntityValue;
  readonly resource?: EntityValue;
}
