import { request as httpRequest } from "node:http";
import type { Duplex } from "node:stream";
import { fail, ok, type Result } from "@bylaw/core";
import { UPGRADE_PROTOCOL } from "./upgrade.ts";

export interface BridgeTarget {
  /** Address of the running gateway, `http://127.0.0.1:7117`. */
  readonly url: string;
  readonly token: string;
  /** Null for all of them. */
  readonly upstream: string | null;
  /** Milliseconds until the gateway must have answered. */
  readonly timeoutMs: number;
}

export interface BridgeError {
  /** `bridge.unreachable`, `bridge.timeout`, `bridge.protocol`, or the gateway's own code. */
  readonly code: string;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
}

const MAX_ERROR_BYTES = 4096;

/**
 * Connects to the gateway's byte stream for one upstream: what `bylaw mcp --upstream NAME` pipes its
 * standard input and output through.
 */
export function connectStream(target: BridgeTarget): Promise<Result<Duplex, BridgeError>> {
  const { upstream } = target;
  const path = upstream === null ? "/mcp" : `/mcp/${encodeURIComponent(upstream)}`;
  const url = new URL(path, target.url);
  return new Promise((resolve) => {
    const request = httpRequest(url, {
      headers: {
        authorization: `Bearer ${target.token}`,
        connection: "Upgrade",
        upgrade: UPGRADE_PROTOCOL,
      },
      agent: false,
    });
    const timer = setTimeout(() => {
      resolve(fail({ code: "bridge.timeout", status: null }));
      request.destroy();
    }, target.timeoutMs);
    request.on("upgrade", (_response, socket, head) => {
      clearTimeout(timer);
      if (head.byteLength > 0) socket.unshift(head);
      resolve(ok(socket));
    });
    request.on("response", (response) => {
      clearTimeout(timer);
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (body.length < MAX_ERROR_BYTES) body += text;
      });
      response.on("close", () => {
        resolve(fail({ code: codeOf(body), status: response.statusCode ?? null }));
      });
    });
    request.on("error", () => {
      clearTimeout(timer);
      resolve(fail({ code: "bridge.unreachable", status: null }));
    });
    request.end();
  });
}

function codeOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "code" in parsed)
      return typeof parsed.code === "string" ? parsed.code : "bridge.protocol";
  } catch {
    // not ours
  }
  return "bridge.protocol";
}
