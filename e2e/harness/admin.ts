import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Site } from "./site.ts";

/**
 * One administrative request to the gateway of a site: what a command asks, without a process of its
 * own for every question. Rejects when the gateway refuses it or is gone.
 */
export function administer<T>(
  site: Site,
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { admin } = JSON.parse(readFileSync(join(site.data, "gateway.json"), "utf8")) as {
      readonly admin: string;
    };
    const token = readFileSync(join(site.data, "admin.token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request({ socketPath: admin, method, path, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("error", reject);
      answer.on("end", () => {
        if ((answer.statusCode ?? 500) < 400) resolve(JSON.parse(text) as T);
        else reject(new Error(`${path}: ${answer.statusCode} ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
