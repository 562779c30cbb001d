import {
  type Action,
  type Amount,
  type Audience,
  type Effect,
  exactly,
  LABELS,
  type Label,
  type Origin,
  type ResourceEntity,
  type Source,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { closeLabels } from "./labels.ts";

/** What an analyzer established. Everything it leaves out becomes the value that fails closed. */
export interface EffectSpec {
  readonly action: Action;
  readonly resource: ResourceEntity;
  readonly source: Source;
  readonly quantity?: Amount;
  readonly bytes?: Amount;
  readonly cost?: Amount;
  readonly tokens?: Amount;
  readonly reversible?: boolean;
  readonly audience?: Audience;
  /** Labels of the data, besides those of the resource itself. */
  readonly labels?: readonly Label[];
  readonly findings?: readonly string[];
}

/** Arguments are the model's words until provenance says more; the session carries the taint. */
const MODEL: readonly Origin[] = ["model"];

export function effect(spec: EffectSpec): Effect {
  return {
    action: spec.action,
    resource: spec.resource,
    quantity: spec.quantity ?? UNKNOWN_AMOUNT,
    bytes: spec.bytes ?? UNKNOWN_AMOUNT,
    cost: spec.cost ?? defaultCost(spec),
    ...(spec.tokens === undefined ? {} : { tokens: spec.tokens }),
    reversible: spec.reversible ?? false,
    audience: spec.audience ?? "unknown",
    labels: closeLabels([...labelsOf(spec.resource), ...(spec.labels ?? [])]),
    origin: { target: MODEL, payload: MODEL, untrusted: false },
    findings: spec.findings ?? [],
    source: spec.source,
  };
}

/** What a parser or a person described without naming a price is free, unless it spends. */
function defaultCost({ action, source }: EffectSpec): Amount {
  const described = source === "parsed" || source === "catalog";
  return described && action !== "spend" ? exactly(0) : UNKNOWN_AMOUNT;
}

/** Nobody can say what the call does: the effect that packs ask a person about. */
export function unknownEffect(tool: ResourceEntity, findings: readonly string[] = []): Effect {
  return effect({ action: "execute", resource: tool, source: "unknown", findings });
}

function labelsOf(resource: ResourceEntity): readonly Label[] {
  const ids = new Set(resource.parents.filter(({ type }) => type === "Label").map(({ id }) => id));
  return ids.size === 0 ? [] : LABELS.filter((label) => ids.has(label));
}
