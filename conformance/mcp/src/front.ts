import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** A way to a server that puts a credential on every request and changes nothing else. */
export interface Front {
  readonly url: string;
  close(): void;
}

/**
 * The suite knows no credentials. In front of both servers, so that whatever it does to a request, it
 * does to both: raw headers, status, bytes and the moment of hanging up pass as they are.
 */
export async function openFront(target: URL, token: string | null): Promise<Front> {
  const server: Server = createServer((request, response) => {
    const headers = [...request.rawHeaders];
    if (token !== null) headers.push("Authorization", `Bearer ${token}`);
    const onward = httpRequest({
      host: target.hostname,
      port: target.port,
      path: target.pathname,
      method: request.method ?? "GET",
      headers,
      setHost: false,
      agent: false,
      createConnection: () => connect(Number(target.port), target.hostname),
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/mcp`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
