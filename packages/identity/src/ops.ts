/** An agent as the directory and the store know it. */
export interface AgentRecord {
  readonly id: string;
  /** The person the agent acts for; null for an agent registered as autonomous. */
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly suspended: boolean;
}

/** What identity needs from the world. */
export interface IdentityOps {
  /** The agent that a token hash belongs to, as of now; null if none. A throw refuses the caller. */
  agentByToken(hash: string): Promise<AgentRecord | null>;
  /** Groups of a person, closed over nesting; empty for a person the directory does not know. */
  groupsOfUser(user: string): readonly string[];
  /** The session that a credential's traffic belongs to now (threat T10: never an id of the client). */
  session(credential: string): Promise<string>;
}
