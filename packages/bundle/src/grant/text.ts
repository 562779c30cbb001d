import type { Action, EntityRef, ResourceType } from "@bylaw/core";

/** What a grant permits: the least that a person has to say. */
export interface GrantScope {
  /** `User`, `Agent` or `Group`. */
  readonly principal: EntityRef;
  /** At least one. */
  readonly actions: readonly Action[];
  /** Exactly this resource; null where `type` or `inside` say which. */
  readonly resource: EntityRef | null;
  /** Resources of this type only. */
  readonly type: ResourceType | null;
  /** Resources in this one only. */
  readonly inside: EntityRef | null;
  /** Through this tool only, as `upstream/tool`; null for through any. */
  readonly tool: string | null;
  /** The most things that one action may touch; null for any number. */
  readonly atMost: number | null;
}

/** A grant in parts, from which its policy is written. */
export interface GrantSpec extends GrantScope {
  readonly id: string;
  /** `User` or `Group`. */
  readonly owner: EntityRef;
  /** `YYYY-MM-DDThh:mm:ssZ`; null for a grant without an end. */
  readonly expires: string | null;
  /** Null for any number of actions. */
  readonly uses: number | null;
  readonly reason: string;
}

/**
 * The policy of a grant as Cedar text. In: parts that were checked for their form; whether the policy
 * fits the schema is for the loader to say. A text in it can end no string: JSON's escapes are
 * Cedar's, and the others do not load.
 */
export function grantText(spec: GrantSpec): string {
  const { id, owner, expires, uses, reason } = spec;
  const annotations = [
    `@id(${JSON.stringify(id)})`,
    "@grant",
    `@owner(${JSON.stringify(entityText(owner))})`,
    ...(expires === null ? [] : [`@expires("${expires}")`]),
    ...(uses === null ? [] : [`@uses("${uses}")`]),
    `@reason(${JSON.stringify(reason)})`,
  ];
  const conditions = [
    ...(spec.tool === null ? [] : [`context.tool == Tool::${JSON.stringify(spec.tool)}`]),
    ...(spec.atMost === null ? [] : [`context.quantity.atMost <= ${spec.atMost}`]),
    ...(expires === null ? [] : [`context.now < datetime("${expires}")`]),
  ];
  const when = conditions.length === 0 ? "" : `\nwhen { ${conditions.join(" && ")} }`;
  return `${annotations.join("\n")}\n${headText(spec)}${when};\n`;
}

/** The head of the policy on one line: what people compare. */
export function headText({ principal, actions, resource, type, inside }: GrantScope): string {
  const who =
    principal.type === "Group"
      ? `principal in ${entityText(principal)}`
      : `principal == ${entityText(principal)}`;
  const names = actions.map((action) => `Action::"${action}"`);
  const what = names.length === 1 ? `action == ${names[0]}` : `action in [${names.join(", ")}]`;
  return `permit (${who}, ${what}, ${resourceText(resource, type, inside)})`;
}

function resourceText(
  resource: EntityRef | null,
  type: ResourceType | null,
  inside: EntityRef | null,
): string {
  if (resource !== null) return `resource == ${entityText(resource)}`;
  const kind = type === null ? "" : ` is ${type}`;
  return `resource${kind}${inside === null ? "" : ` in ${entityText(inside)}`}`;
}

function entityText({ type, id }: EntityRef): string {
  return `${type}::${JSON.stringify(id)}`;
}
