/** A server that misbehaves in every way it is asked to. */
import { type Args, send, serve } from "./rpc.ts";

/** More than any gateway should read as one message. */
const FLOOD_BYTES = 20 * 1_048_576;

function raw(text: string): null {
  process.stdout.write(text);
  return null;
}

serve("hostile", {
  echo: (args: Args) => String(args["key"]),
  /** Takes the call and never answers. */
  hang: () => null,
  die: () => process.exit(1),
  /** Dies in the middle of an answer. */
  half: () => {
    process.stdout.write('{"jsonrpc":"2.0","id":', () => process.exit(1));
    return null;
  },
  garbage: () => {
    raw("this is not JSON\n");
    return "garbage done";
  },
  /** Two readings: which result counts depends on the parser. */
  twice: (_args, id) =>
    raw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[]},"result":{}}\n`),
  /** Answers a request that nobody made, then the real one. */
  stranger: (_args) => {
    send({ jsonrpc: "2.0", id: "nobody", result: { content: [] } });
    return "stranger done";
  },
  flood: () => "x".repeat(FLOOD_BYTES),
});
