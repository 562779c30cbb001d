/** The closed lists of the effect vocabulary. The Cedar schema declares the same names; a test compares them. */

/** What an effect does to its resource. `grant` changes somebody's permissions, `configure` changes how
 * an agent, a gateway or a policy behaves, `remember` writes an agent's memory. */
export const ACTIONS = [
  "read",
  "list",
  "create",
  "update",
  "delete",
  "execute",
  "send",
  "publish",
  "install",
  "connect",
  "configure",
  "grant",
  "spend",
  "spawn",
  "remember",
] as const;
export type Action = (typeof ACTIONS)[number];

export const RESOURCE_TYPES = [
  "Tool",
  "Server",
  "File",
  "Host",
  "Table",
  "Database",
  "Object",
  "Package",
  "Skill",
  "Model",
  "Secret",
  "Channel",
  "Agent",
  "User",
  "Group",
  "Policy",
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const ENVIRONMENTS = ["production", "staging", "test", "development", "unknown"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Where a fact about an effect comes from, strongest first. */
export const SOURCES = ["parsed", "catalog", "inferred", "unknown"] as const;
export type Source = (typeof SOURCES)[number];

export const GATEWAYS = [
  "mcp",
  "hook",
  "http",
  "llm",
  "registry",
  "sql",
  "authzen",
  "sdk",
] as const;
export type Gateway = (typeof GATEWAYS)[number];

export const AUDIENCES = ["none", "self", "team", "organization", "public", "unknown"] as const;
export type Audience = (typeof AUDIENCES)[number];

export const ORIGINS = [
  "user",
  "config",
  "model",
  "tool",
  "repo",
  "web",
  "mail",
  "memory",
  "agent",
  "unknown",
] as const;
export type Origin = (typeof ORIGINS)[number];

export const LABELS = ["public", "internal", "personal", "confidential", "secret"] as const;
export type Label = (typeof LABELS)[number];

/** What a resource is, whatever its type; policies speak of these and analyzers place resources in them. */
export const CLASSES = [
  "credentials",
  "instructions",
  "agent-config",
  "bylaw",
  "startup",
  "ci",
  "dev-command",
  "interpreter",
  "metadata-service",
] as const;

/** What detectors and inspection can report about an effect. */
export const FINDINGS = [
  "secret.in-payload",
  "secret.wrong-destination",
  "injection.suspected",
  "value.untied",
  "shell.nested-exec",
  "shell.unparsed",
  "sandbox.bypass",
  "path.outside-workspace",
  "artifact.startup-exec",
  "artifact.startup-exec-known",
  "artifact.new-install-script",
  "artifact.too-young",
  "artifact.publisher-changed",
  "artifact.not-inspected",
  "artifact.agent-bootstrap",
  "publish.source-map",
  "publish.secret-file",
  "tool.changed",
  "host.unresolved",
] as const;

/** How a caller proved who it is, weakest first. */
export const ASSURANCES = ["local", "bearer", "bound"] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** Verdicts, strongest first: the first one that applies decides. */
export const OUTCOMES = ["block", "require_approval", "log", "allow"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The stronger of two outcomes. */
export function strongest(a: Outcome, b: Outcome): Outcome {
  return OUTCOMES.indexOf(a) <= OUTCOMES.indexOf(b) ? a : b;
}
