/** A verdict on one action. `allow` and `log` may run; the others must not. */
export interface Verdict {
  /** Names the action in the log and in reports. */
  readonly action: string;
  readonly outcome: "block" | "require_approval" | "log" | "allow";
  readonly allowed: boolean;
  /** Reason code of the deciding reason. */
  readonly code: string;
  /** The bylaw that decided; null for default deny and for failures. */
  readonly policy: string | null;
  /** For people: why, and what to do about it. */
  readonly reason: string;
  /** Log index of the record; null when the refusal could not be recorded. */
  readonly record: number | null;
  /**
   * Proof of the record, for whoever wants to keep it: `bylaw audit verify --receipt` takes it. Null
   * where `record` is.
   */
  readonly receipt: Receipt | null;
  /** Present when a person still has to answer: ask again with it after the approval. */
  readonly approval: string | null;
}

/** Where a record stands in the log, and the newest checkpoint that the log had signed by then. */
export interface Receipt {
  readonly origin: string;
  readonly index: number;
  /** Base64 RFC 6962 leaf hash of the record. */
  readonly leaf: string;
  readonly checkpoint: string | null;
}

export interface Action {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Name under which the catalog knows the tool's owner. Default: `app`. */
  readonly upstream?: string;
  /** The approval that an earlier verdict named. */
  readonly approval?: string;
  /**
   * False: when a person has to be asked, the answer comes at once with the approval's id, instead of
   * after the person's or the gateway's limit. Default: true.
   */
  readonly wait?: boolean;
}

export interface Outcome {
  readonly completion: "ok" | "error" | "unknown";
  readonly code?: string;
  /** What the agent gets to read of it: later actions are judged with it. Text, or JSON as text. */
  readonly result?: string;
  /**
   * What it used, in US dollars and in tokens of a model. Budgets settle to it where the catalog takes the
   * agent's word for it (`usage: reported`); otherwise what was reserved stays charged.
   */
  readonly usage?: { readonly usd?: number; readonly tokens?: number };
}

export interface BylawOptions {
  /** Address of the gateway. Default: `http://127.0.0.1:7117`. */
  readonly url?: string;
  /** The agent's token, from `bylaw agent add`. */
  readonly token: string;
  /** Milliseconds to wait for a verdict, a person's included. Default: 120,000. */
  readonly timeoutMs?: number;
}
