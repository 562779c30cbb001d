import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Canaries } from "./canaries.ts";
import type { Attempt } from "./routes.ts";
import { hello, said } from "./wire.ts";

/** Milliseconds that one request gets. */
const ASK_MS = 5_000;

/** Asks on the administrative socket, with the token if this user can read it. */
export async function tryAdmin({ gateway, data }: Canaries): Promise<Attempt> {
  const route = "admin";
  if (gateway === null) return { route, state: "unknown", detail: "no gateway runs" };
  const token = tokenIn(data);
  const status = await ask(gateway.admin, token);
  if (typeof status === "string")
    return { route, state: "closed", detail: `its socket cannot be reached (${status})` };
  if (status >= 400)
    return { route, state: "closed", detail: `its socket answers, and refuses (${status})` };
  return { route, state: "open", detail: "its socket takes the token of the data folder" };
}

function tokenIn(data: string): string {
  try {
    return readFileSync(join(data, "admin.token"), "utf8").trim();
  } catch {
    return "";
  }
}

/** The status of an answer, or the system's code for why there is none. */
function ask(socketPath: string, token: string): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const sent = request({ socketPath, path: "/status", headers, timeout: ASK_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 500);
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "no answer"));
    sent.end();
  });
}

/** Every face of the gateway's address, as nobody. */
export async function tryStranger({ gateway, targets }: Canaries): Promise<Attempt> {
  const route = "stranger";
  if (gateway === null) return { route, state: "unknown", detail: "no gateway runs" };
  const body = hello();
  const upstreams = (targets ?? []).map(({ name }) => `/mcp/${encodeURIComponent(name)}`);
  const posts = ["/v1/actions", "/v1/prompts", "/v1/delegations", "/mcp/any", ...upstreams];
  const gets = ["/status", "/agents", "/approvals", "/grants", "/log/checkpoint"];
  const answers: string[] = [];
  for (const [method, paths] of [
    ["POST", posts],
    ["GET", gets],
  ] as const)
    for (const path of paths) {
      const status = await said(`${gateway.address}${path}`, method, body, {});
      if (status === null)
        return { route, state: "unknown", detail: `${gateway.address} does not answer` };
      if (status < 300) answers.push(`${method} ${path}`);
    }
  if (answers.length > 0) return { route, state: "open", detail: `${answers.join(", ")} answers` };
  return { route, state: "closed", detail: `${posts.length + gets.length} requests are refused` };
}
