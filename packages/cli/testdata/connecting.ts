import type { NewUpstream } from "@bylaw/server";
import type { ConfigFile, ConnectContext } from "../src/connect/client.ts";
import { HOOK_PROGRAM } from "../src/connect/hooks.ts";

/** The hook's command line; the folder's name has a blank. */
export const WORDS = [
  "/usr/bin/env",
  "-i",
  "/usr/bin/node",
  `/da ta/connect/${HOOK_PROGRAM}`,
] as const;

export interface Connecting {
  readonly context: ConnectContext;
  /** What servers were given over to the gateway. */
  readonly upstreams: ReadonlyMap<string, NewUpstream>;
}

/** What a client of Ada is connected with, by one of its files. */
export function connecting(file: ConfigFile | undefined): Connecting {
  if (file === undefined) throw new Error("the client has no such file");
  const upstreams = new Map<string, NewUpstream>();
  const context: ConnectContext = {
    file,
    home: "/home/ada",
    folder: "/p",
    bylaw: ["/usr/bin/node", "/opt/bylaw/bin/bylaw.js"],
    data: [],
    tokenFile: "/data/connect/x.token",
    environment: () => null,
    hook: { words: WORDS, timeoutS: 60 },
    upstream: (wanted, upstream) => {
      upstreams.set(wanted, upstream);
      return wanted;
    },
  };
  return { context, upstreams };
}
