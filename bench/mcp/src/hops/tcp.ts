/** Bytes in, bytes out: `tcp.ts URL`. What no gateway that reads anything can reach. */
import { connect, createServer } from "node:net";
import { listen } from "../listen.ts";

const target = new URL(process.argv[2] ?? "");
await listen(
  createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  }),
);
