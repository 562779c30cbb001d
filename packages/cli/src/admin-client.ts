import { request } from "node:http";
import { adminToken, runningGateway } from "@bylaw/server";
import { CommandError, EXIT } from "./exit.ts";

/** Milliseconds until an administrative request counts as unanswered. */
const ANSWER_MAX_MS = 10_000;

export interface AdminClient {
  get<T>(path: string): Promise<T>;
  /** In: milliseconds after which it counts as unanswered, for what may take long. */
  post<T>(path: string, body: unknown, answerMaxMs?: number): Promise<T>;
}

/** A client for the gateway that runs in this data folder. */
export function adminClient(folder: string): AdminClient {
  const gateway = runningGateway(folder);
  if (gateway === null) {
    throw new CommandError(
      EXIT.unreachable,
      "gateway.not_running",
      `no gateway runs in \`${folder}\`; start one with: bylaw up`,
    );
  }
  const token = adminToken(folder);
  const call = <T>(method: string, path: string, body: unknown, max?: number): Promise<T> =>
    exchange<T>(gateway.admin, token, method, path, body, max);
  return {
    get: (path) => call("GET", path, undefined),
    post: (path, body, answerMaxMs) => call("POST", path, body, answerMaxMs),
  };
}

function exchange<T>(
  socketPath: string,
  token: string,
  method: string,
  path: string,
  body: unknown,
  timeout: number = ANSWER_MAX_MS,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        method,
        path,
        timeout,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const value = parsed<T>(Buffer.concat(chunks).toString("utf8"));
          if ((answer.statusCode ?? 500) < 400 && value !== null) return resolve(value);
          const code = value?.error ?? "admin.internal";
          reject(new CommandError(EXIT.no, code, explain(code)));
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (error) =>
      reject(
        new CommandError(
          EXIT.unreachable,
          "gateway.unreachable",
          `the gateway did not answer: ${error.message}`,
        ),
      ),
    );
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Null where something else than this gateway answers: thrown here, it would end the process. */
function parsed<T>(text: string): (T & { readonly error?: string }) | null {
  try {
    return JSON.parse(text) as T & { readonly error?: string };
  } catch {
    return null;
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  "admin.invalid": "a name or a value is not of the form that the command needs",
  "admin.unauthorized": "the gateway does not accept this data folder's administrative token",
  "ledger.unavailable": "the log cannot be written, so nothing was changed",
  "agent.exists": "an agent of this name exists already",
  "agent.unknown_user": "this person is not in the directory (`people` in bylaw.yaml)",
  "agent.not_found": "no agent has this name",
  "bundle.not_found": "there is no such version; see: bylaw policy history",
  "bundle.not_quarantined": "this bundle is not quarantined",
  "bundle.unusable": "the file of this version does not load; the gateway's output says why",
  "definition.not_found": "no server shows this, or it has shown something newer meanwhile",
  "approval.not_found": "no held action has this id",
  "approval.not_waiting": "this action no longer waits for a decision",
  "approver.unknown": "this person is not in the directory (`people` in bylaw.yaml)",
  "approver.not_eligible": "the bylaw that holds this action names other approvers",
  "approver.voted": "this person has already answered",
};

function explain(code: string): string {
  return `${EXPLANATIONS[code] ?? "the gateway refused"} (${code})`;
}
