/** Every bound of the MCP enforcement point; the unit is in the name. */
export interface McpLimits {
  /** One message or batch from a client. */
  readonly messageBytes: number;
  /** One message from an upstream: larger, since results carry files. */
  readonly upstreamMessageBytes: number;
  /** Header lines of one HTTP request. */
  readonly headerLines: number;
  /** From the first byte of a request to the last byte of its body. */
  readonly bodyMs: number;
  readonly batchItems: number;
  /** Requests of one session that have no answer yet, in each direction. */
  readonly inFlight: number;
  readonly sessions: number;
  readonly sessionsPerCredential: number;
  /** A session without traffic and without an open stream ends after this. */
  readonly sessionIdleMs: number;
  /** From starting an upstream to its answer to `initialize`. */
  readonly startMs: number;
  /** Silence of an upstream that owes an answer, and of a program that does not read; progress starts it anew. */
  readonly answerIdleMs: number;
  /** However much progress it reports. */
  readonly answerMaxMs: number;
  /** A client that owes an answer to a server; a person may have to type it. */
  readonly clientAnswerMs: number;
  /** Between signs of life to a client whose request waits. */
  readonly keepAliveMs: number;
  /** A client that does not read what it is sent. */
  readonly stalledMs: number;
  /** What waits for one program to read what came before. */
  readonly waitingBytes: number;
  /** From asking an upstream to stop to killing it. */
  readonly closeMs: number;
  /** A program that is asked which revision it serves and says nothing is taken for one of the older ones. */
  readonly probeMs: number;
  /** How long an upstream that serves only older revisions is not asked again. */
  readonly eraMs: number;
  /** One subscription, with or without notifications. */
  readonly listenMs: number;
  /** Longest time a client may keep a result: what it may see can change. */
  readonly cacheTtlMs: number;
  /** A state that a client carries, unless it is about a request for approval, which has an end of its own. */
  readonly stateMs: number;
  /** How long a client waits before it comes back to a stream. */
  readonly resumeMs: number;
  /** How long what belongs to no request is kept for a client whose connection for it is gone. */
  readonly comeBackMs: number;
  /** Streams of one session that a client may come back to, and the bytes kept for each. */
  readonly replayStreams: number;
  readonly replayBytes: number;
  /** How often an upstream may break off the reply to one request before it owes the rest. */
  readonly resumes: number;
  /** Between attempts to open an upstream's own stream again. */
  readonly listenRetryMs: number;
  /** Tools of one upstream, over all pages. */
  readonly tools: number;
  readonly toolPages: number;
  /** How long the endpoint of all upstreams waits for one of them before it goes on without it. */
  readonly mergeMs: number;
  /** A list of tools that is older is read again before the next call. */
  readonly toolsFreshMs: number;
  /** Characters of a presented approval id. */
  readonly approvalChars: number;
  /** Reject records per second for messages of nobody known, so that strangers cannot fill the disk. */
  readonly strangerRecordsPerSecond: number;
  /** Lines that are not MCP, from one upstream, before it is given up. */
  readonly garbage: number;
}

/** For `http.createServer` around this gateway: heads and bodies that never come to an end. */
export const HTTP_SERVER_OPTIONS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
} as const;

export const MCP_LIMITS: McpLimits = {
  messageBytes: 4 * 1_048_576,
  upstreamMessageBytes: 16 * 1_048_576,
  headerLines: 100,
  bodyMs: 20_000,
  batchItems: 50,
  inFlight: 256,
  sessions: 10_000,
  sessionsPerCredential: 1_000,
  sessionIdleMs: 3_600_000,
  startMs: 30_000,
  answerIdleMs: 120_000,
  answerMaxMs: 3_600_000,
  clientAnswerMs: 600_000,
  keepAliveMs: 10_000,
  stalledMs: 30_000,
  waitingBytes: 64 * 1_048_576,
  closeMs: 2_000,
  probeMs: 5_000,
  eraMs: 60_000,
  listenMs: 86_400_000,
  cacheTtlMs: 60_000,
  stateMs: 3_600_000,
  resumeMs: 500,
  comeBackMs: 30_000,
  replayStreams: 64,
  replayBytes: 1_048_576,
  resumes: 100,
  listenRetryMs: 2_000,
  tools: 10_000,
  toolPages: 200,
  mergeMs: 8_000,
  toolsFreshMs: 60_000,
  approvalChars: 256,
  strangerRecordsPerSecond: 50,
  garbage: 50,
};
