/** Reads HTTP and hands it on: `http.ts URL`. The least that a gateway for HTTP costs on Node. */
import { Agent, createServer, request as send } from "node:http";
import { listen } from "../listen.ts";

const target = new URL(process.argv[2] ?? "");
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
await listen(
  createServer((request, response) => {
    const onward = send(target, { agent, method: request.method, headers: request.headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }),
);
