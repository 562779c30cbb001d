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
          const exit = code === "admin.invalid" ? EXIT.usage : EXIT.no;
          reject(new CommandError(exit, code, explain(code, value?.message)));
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

interface Refused {
  readonly error: string;
  readonly message: string;
}

/** Null where something else than this gateway answers: thrown here, it would end the process. */
function parsed<T>(text: string): (T & Partial<Refused>) | null {
  try {
    return JSON.parse(text) as T & Partial<Refused>;
  } catch {
    return null;
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  "admin.invalid": "a name or a value is not of the form that the command needs",
  "admin.unauthorized": "the gateway does not accept this data folder's administrative token",
  "ledger.unavailable": "the log cannot be written, so nothing was changed",
  "halt.not_found": "nothing of this name is halted; see: bylaw halt list",
  "halt.same_person": "somebody else than who halted it has to resume it (`halt.resume`)",
  "halt.too_many": "too much is halted already; halt --all, or resume something",
  "halt.unknown_person": "this person is not in the directory (`people` in bylaw.yaml)",
  "agent.exists": "an agent of this name exists already",
  "agent.removed": "an agent of this name was removed; names are not used again",
  "agent.unknown_user": "this person is not in the directory (`people` in bylaw.yaml)",
  "agent.not_found": "no agent has this name",
  "delegation.not_found": "no delegation that has not expired has this id",
  "agent.suspended": "this agent is suspended; let it act again with: bylaw agent resume",
  "bundle.not_found": "there is no such version; see: bylaw policy history",
  "bundle.not_quarantined": "this bundle is not quarantined",
  "bundle.unusable": "the file of this version does not load; the gateway's output says why",
  "grant.no_folder": "without a bylaw.yaml there is no folder for grants; see: bylaw init",
  "grant.unknown_person": "this person is not in the directory (`people` in bylaw.yaml)",
  "grant.unowned": "the owner is neither a person nor a group of the directory (`people`)",
  "grant.endless": "a grant needs an end; say when, or say --no-end",
  "grant.ended": "the end that was given has passed",
  "grant.exists": "a policy or an earlier grant has this id",
  "grant.not_found": "no policy in force with this id is a grant",
  "grant.revoked_before": "this grant was revoked before",
  "grant.rolled_back": "the policies were rolled back; first: bylaw policy reload",
  "grant.files_changed":
    "policy files have changed that are not in force; first: bylaw policy reload",
  "grant.not_in_folder": "this grant has no file of its own in the grants folder; edit it by hand",
  "grant.not_narrower": "the text changes more than what this grant permits",
  "grant.invalid": "the policies would not load with this grant",
  "grant.unwritable": "the file of the grant cannot be written",
  "definition.not_found": "no server shows this, or it has shown something newer meanwhile",
  "approval.not_found": "no held action, and no batch as it is now, has this id",
  "approval.not_waiting": "this action no longer waits for a decision",
  "approval.not_waivable": "a bylaw that holds this may be answered for one exact action alone",
  "approval.not_editable": "the arguments of this action cannot be changed here",
  "approval.edit_refused": "with these arguments the action is refused",
  "approval.nothing_to_review": "no broken glass with this id is left to look at",
  "waiver.not_found": "no waiver in force has this id",
  "approver.unknown": "this person is not in the directory (`people` in bylaw.yaml)",
  "approver.not_eligible": "the bylaw that holds this action names other approvers",
  "approver.voted": "this person has already answered",
};

function explain(code: string, details: string | undefined): string {
  const said = `${EXPLANATIONS[code] ?? "the gateway refused"} (${code})`;
  return typeof details === "string" ? `${said}\n${details}` : said;
}
