/** What a SHIELD.md v0.1 entry can say. Values are the format's own. */
export const SHIELD_SCOPES = [
  "prompt",
  "skill.install",
  "skill.execute",
  "tool.call",
  "network.egress",
  "secrets.read",
  "mcp",
] as const;
export type ShieldScope = (typeof SHIELD_SCOPES)[number];

export const SHIELD_CATEGORIES = [
  "prompt",
  "tool",
  "mcp",
  "memory",
  "supply_chain",
  "vulnerability",
  "fraud",
  "policy_bypass",
  "anomaly",
  "skill",
  "other",
] as const;
export type ShieldCategory = (typeof SHIELD_CATEGORIES)[number];

export const SHIELD_SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type ShieldSeverity = (typeof SHIELD_SEVERITIES)[number];

/** Strongest first. */
export const SHIELD_ACTIONS = ["block", "require_approval", "log"] as const;
export type ShieldAction = (typeof SHIELD_ACTIONS)[number];

/** Kinds of condition, and what a decision calls the thing that matched. */
export const MATCHED_ON = {
  "skill.equals": "skill.name",
  "skill.contains": "skill.name",
  "skill.author": "skill.author",
  "network.domain": "domain",
  "network.ip": "ip",
  "network.url": "url",
  "secret.equals": "secret.path",
  "secret.contains": "secret.path",
  "file.equals": "file.path",
  "file.hash": "file.hash",
  "prompt.contains": "prompt.text",
  "command.contains": "command.text",
  "server.matches": "mcp.server",
  "tool.equals": "tool.name",
  "email.equals": "email",
} as const;
export type ConditionKind = keyof typeof MATCHED_ON;

/** One thing to look for. The value is normalised where its kind has a normal form. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly value: string;
}

/** One line of `recommendation_agent`: any of `any`, each of which needs all of its conditions. */
export interface Directive {
  readonly verb: ShieldAction;
  readonly any: readonly (readonly Condition[])[];
}

export interface ShieldEntry {
  readonly id: string;
  readonly fingerprint: string | null;
  readonly category: ShieldCategory;
  readonly severity: ShieldSeverity;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly action: ShieldAction;
  readonly title: string;
  /** Text of `recommendation_agent`, as written. */
  readonly recommendation: string;
  /** Canonical time from which on it is ignored; null = no end. */
  readonly expires: string | null;
  /** By `revoked` or by `revoked_at`. */
  readonly revoked: boolean;
  readonly directives: readonly Directive[];
  /** How many directives the text has, parsed or not. */
  readonly written: number;
  /** Directives, and parts of them, that are not in the grammar; and indicators nobody can enforce. */
  readonly unparsed: readonly string[];
  /** Indicators of a feed entry whose action is `block`. */
  readonly indicators: readonly Condition[];
  /** `sha256:` digest of everything above: what acknowledgements and approvals are bound to. */
  readonly digest: string;
}

/** The name of a condition in Facts: equal conditions of different entries are looked for once. */
export function conditionKey({ kind, value }: Condition): string {
  return `${kind} ${value}`;
}
