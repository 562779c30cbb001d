import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { createMcpGateway, type McpGateway, type PipelineOps } from "@bylaw/gateway";
import type { Identity } from "../identity/identity.ts";
import type { Access } from "../upstream-auth/configured.ts";
import { createCertificates } from "./certificates.ts";
import { keyedDigest } from "./keyed-digest.ts";
import type { Host } from "./pipeline-ops.ts";
import { mcpUpstreams, redactorOf } from "./places.ts";
import { createReview, type Pins } from "./review.ts";
import { createIdentify, identityOps } from "./server-identity.ts";
import { createVisible } from "./visible.ts";

export interface McpParts {
  readonly host: Host;
  readonly ops: PipelineOps;
  readonly identity: Identity;
  /** How Bylaw is let in at the upstreams. */
  readonly access: Access;
  /** One line for the operator. */
  readonly log: (line: string) => void;
}

/** The MCP gateway of a running server, and what judges the servers behind it. */
export function openMcp({ host, ops, identity, access, log }: McpParts): {
  readonly mcp: McpGateway;
  readonly pins: Pins;
} {
  const { config, store } = host;
  const certificates = createCertificates(host.now);
  const pins = createReview({
    ...host,
    identify: createIdentify(identityOps(certificates)),
    accepted(upstream) {
      if (upstream.kind === "http" && upstream.certificate !== "off")
        certificates.accept(upstream.url, upstream.certificate);
    },
  });
  const outside = config.public === null ? [] : [new URL(config.public).hostname];
  const mcp = createMcpGateway({
    upstreams: mcpUpstreams(config, access),
    ops,
    authenticate: identity.identify,
    ids: { action: newActionId, session: () => randomBytes(24).toString("base64url") },
    environment: process.env,
    hosts: ["127.0.0.1", "localhost", "[::1]", config.listen.host.toLowerCase(), ...outside],
    origins: [],
    visible: createVisible(host),
    review: pins,
    certificate: certificates.check,
    resultDigest: (bytes) => keyedDigest(store.digestKey(), bytes),
    redactor: redactorOf(config),
    stateKey: createHmac("sha256", store.digestKey()).update("mcp request state").digest(),
    log: ({ kind, upstream, text }) => log(`${kind} ${upstream ?? "-"} ${text}`),
    limits: { messageBytes: config.limits.bodyBytes },
  });
  return { mcp, pins };
}

export function newActionId(): string {
  return `act_${randomUUID()}`;
}
