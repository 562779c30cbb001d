/** The upstream over Streamable HTTP, as bare as node:http allows. Prints its port. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { answerTo } from "./echo.ts";
import { listen } from "./listen.ts";

await listen(
  createServer((request, response) => {
    if (request.method === "DELETE") return void response.writeHead(200).end();
    if (request.method !== "POST") return void response.writeHead(405).end();
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const answer = answerTo(body);
      if (answer === null) return void response.writeHead(202).end();
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(answer),
        ...(body.includes('"initialize"') ? { "mcp-session-id": randomUUID() } : {}),
      });
      response.end(answer);
    });
  }),
);
