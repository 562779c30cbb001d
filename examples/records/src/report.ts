import type { Refusal } from "./agent.ts";

/** What one attempt of the agent came to. */
export interface Step {
  readonly title: string;
  readonly tool: string;
  /** Arguments of the first call, shortened for reading. */
  readonly says: string;
  readonly calls: number;
  /** Calls that reached the server. */
  readonly ran: number;
  /** The bylaw that decided the first call that did not run; null when all ran. */
  readonly refusal: Refusal | null;
  /** What the agent was told, first line. */
  readonly told: string;
  /** The person who approved, when one had to. */
  readonly approvedBy: string | null;
  readonly rowsAfter: number;
}

/** What `bylaw audit verify` said. */
export interface LogCheck {
  readonly ok: boolean;
  readonly size: number;
}

/** The whole run: printed step by step for people, as one JSON object for machines. */
export interface Report {
  readonly mode: "governed" | "ungoverned";
  readonly rowsBefore: number;
  readonly steps: readonly Step[];
  readonly log: LogCheck | null;
  readonly rowsLeft: number;
  readonly milliseconds: number;
}

/** Told about the run while it happens. */
export interface Narrator {
  note(text: string): void;
  step(step: Step): void;
  end(report: Report): void;
}
