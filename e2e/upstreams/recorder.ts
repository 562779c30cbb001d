/**
 * A server that puts every call on disk before it answers, so that what reached it outlives any crash:
 * `node recorder.js FILE`. One line of JSON per call. `gated` answers when the file `KEY` exists.
 */
import { closeSync, existsSync, fsyncSync, openSync, watch, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Args, serve } from "./rpc.ts";

const [path = "calls.jsonl"] = process.argv.slice(2);
const file = openSync(path, "a");
process.once("exit", () => closeSync(file));

function record(tool: string, args: Args): string {
  writeSync(file, `${JSON.stringify({ tool, key: args["key"] })}\n`);
  fsyncSync(file);
  return `${tool} done`;
}

async function opened(gate: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(dirname(gate), (_event, name) => {
      if (name === basename(gate)) done();
    });
    const done = (): void => {
      watcher.close();
      resolve();
    };
    if (existsSync(gate)) done();
  });
}

serve("recorder", {
  peek: (args) => record("peek", args),
  write: (args) => record("write", args),
  erase: (args) => record("erase", args),
  forbidden: (args) => record("forbidden", args),
  gated: async (args) => {
    const text = record("gated", args);
    await opened(String(args["key"]));
    return text;
  },
});
