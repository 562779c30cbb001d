import { request } from "node:http";
import type { Asked } from "@bylaw/server";
import {
  adminToken,
  currentUser,
  PERSON_HEADER,
  PROOF_HEADER,
  runningGateway,
} from "@bylaw/server/client";
import { CommandError, EXIT } from "./exit.ts";
import type { Sent } from "./factors/prove.ts";

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
  const call = async <T>(method: string, path: string, body: unknown, max?: number): Promise<T> => {
    const send = (proof: string | null): Promise<Answer<T>> =>
      exchange<T>(gateway.admin, token, { method, path, body }, proof, max);
    const first = await send(null);
    if (!isAsked(first.value)) return accepted(first);
    const { prove } = await import("./factors/prove.ts"); // with all of its cryptography
    return accepted(await send(await prove(first.value, { method, path, body })));
  };
  return {
    get: (path) => call("GET", path, undefined),
    post: (path, body, answerMaxMs) => call("POST", path, body, answerMaxMs),
  };
}

interface Answer<T> {
  readonly status: number;
  /** Null where something else than this gateway answers: thrown there, it would end the process. */
  readonly value: (T & Partial<Refused>) | null;
}

function isAsked(value: unknown): value is Asked {
  return (value as Partial<Asked> | null)?.error === "factor.required";
}

function accepted<T>({ status, value }: Answer<T>): T {
  if (status < 400 && value !== null) return value;
  const code = value?.error ?? "admin.internal";
  const exit = code === "admin.invalid" ? EXIT.usage : EXIT.no;
  throw new CommandError(exit, code, explain(code, value?.message));
}

function exchange<T>(
  socketPath: string,
  token: string,
  { method, path, body }: Sent,
  proof: string | null,
  timeout: number = ANSWER_MAX_MS,
): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      // Who sits here, where the request does not say it; it selects whose factor is asked for.
      [PERSON_HEADER]: currentUser(),
      ...(proof === null ? {} : { [PROOF_HEADER]: proof }),
    };
    const outgoing = request({ socketPath, method, path, timeout, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const value = parsed<T>(Buffer.concat(chunks).toString("utf8"));
        resolve({ status: answer.statusCode ?? 500, value });
      });
    });
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
  "approval.changed": "this action was changed while you were asked; look at it again",
  "factor.none": "this needs your factor, and you have none; see: bylaw person enrol",
  "factor.busy": "too much waits to be proved; try again in a few minutes",
  "factor.malformed": "the gateway cannot read the proof",
  "factor.unknown_nonce": "the gateway did not ask for this proof, or has been started since",
  "factor.replayed": "this proof was used before",
  "factor.expired": "that took longer than the five minutes that a proof is good for; try again",
  "factor.other_request": "the proof is for another request",
  "factor.changed": "what this is about has changed while you were asked; look at it again",
  "factor.unknown": "this is none of your factors",
  "factor.locked": "too many attempts; this factor rests for 15 minutes",
  "factor.wrong": "the proof is wrong",
  "factor.code_used": "this code was used before; wait for the next one",
  "factor.unknown_person": "this person is not in the directory (`people` in bylaw.yaml)",
  "factor.not_accepted": "`factors.accept` in bylaw.yaml does not name this kind",
  "factor.public_key": "that is no key that can be enrolled",
  "factor.not_first": "somebody else has enrolled the first factor in the meantime",
  "factor.exists": "this factor is enrolled already",
  "factor.too_many": "this person has 16 factors; remove one first",
  "factor.not_pending": "this enrolment has ended; begin again",
  "factor.no_page": "no page asks for passkeys; set `factors.listen` in bylaw.yaml",
  "factor.not_found": "this person has no such factor",
  "waiver.not_found": "no waiver in force has this id",
  "approver.unknown": "this person is not in the directory (`people` in bylaw.yaml)",
  "approver.not_eligible": "the bylaw that holds this action names other approvers",
  "approver.voted": "this person has already answered",
};

function explain(code: string, details: string | undefined): string {
  const said = `${EXPLANATIONS[code] ?? "the gateway refused"} (${code})`;
  return typeof details === "string" ? `${said}\n${details}` : said;
}
