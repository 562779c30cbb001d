import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire to a PostgreSQL server that can be cut at the worst moment. */
export interface Cutter {
  readonly port: number;
  /** The next COMMIT reaches the server, and its connection dies before the answer comes back. */
  cutNextCommit(): Promise<void>;
  close(): Promise<void>;
}

/** Frontend message `Query` (type Q) that says COMMIT. */
const COMMIT = Buffer.from("COMMIT\0");

export async function startCutter(target: number): Promise<Cutter> {
  const sockets = new Set<Socket>();
  let armed: (() => void) | null = null;
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    let cut = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.on("data", (bytes) => {
      if (armed !== null && bytes.includes(COMMIT)) {
        armed();
        armed = null;
        cut = true;
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (cut)
        client.destroy(); // the server has answered, so it has committed
      else client.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cutNextCommit: () =>
      new Promise((resolve) => {
        armed = resolve;
      }),
    async close(): Promise<void> {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
