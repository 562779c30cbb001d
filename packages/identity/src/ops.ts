import type { Issuer } from "./issuer.ts";

/** An agent as the directory and the store know it. */
export interface AgentRecord {
  readonly id: string;
  /** The person the agent acts for; null for an agent registered as autonomous. */
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly suspended: boolean;
}

/** What identity needs from the world. A throw refuses the caller. */
export interface IdentityOps {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The agent that a token hash belongs to, as of now; null if none. */
  agentByToken(hash: string): Promise<AgentRecord | null>;
  /** A registered agent, as of now; null if there is none of this name. */
  agent(id: string): Promise<AgentRecord | null>;
  /** Groups of a person, closed over nesting; empty for a person the directory does not know. */
  groupsOfUser(user: string): readonly string[];
  /** Whether the directory knows a person. */
  isPerson(user: string): boolean;
  /** The configured issuer of this `iss`, exactly; null if there is none. */
  issuer(name: string): Issuer | null;
  /**
   * Uses something up that must be seen once: `used` where it was before, `full` where no more can
   * be remembered. In: SHA-256 hex of what it is, and until when it must be remembered, in
   * milliseconds since the epoch.
   */
  useOnce(key: string, until: number): Promise<"used" | "new" | "full">;
  /** Origins under which agents reach this gateway, `https://bylaw.example.com`, as URLs spell them. */
  readonly origins: readonly string[];
  /** The session that a credential's traffic belongs to now (threat T10: never an id of the client). */
  session(credential: string): Promise<string>;
}
