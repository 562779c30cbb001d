/**
 * What keeps the gateway compiled while it waits. Between two calls no object of a call lives, so the
 * collections by which V8 gives memory back after 8 quiet seconds let go of their shapes, and with them
 * of all code compiled for these: the next thousand calls took two to four times as long. It costs some
 * tens of megabytes that an idle gateway would have given back.
 */
export const KEEP_COMPILED = "--no-memory-reducer";
/** The newest Node that was seen to start with it: one that does not know a flag does not start at all. */
const MAJOR_MAX = 26;

/** The part of a process that this is about. */
interface Replaceable {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly platform: string;
  readonly versions: { readonly node: string };
  /** Set where a parent talks to it, over a channel that would be gone. */
  readonly channel?: unknown;
  /** execve(2); Node has it since 22.15. */
  execve?(file: string, args: readonly string[]): void;
}

/**
 * Starts the same program again in the same process, with that flag, which V8 reads only at its start.
 * Where Node cannot do so, the gateway runs without, unless it was given: `npm start` and the unit of
 * `bylaw isolate` give it.
 */
export function keepCompiled(own: Replaceable = process): void {
  const { execPath, execArgv, argv, platform, versions, channel } = own;
  if (execArgv.includes(KEEP_COMPILED) || channel !== undefined || platform === "win32") return;
  if (Number.parseInt(versions.node, 10) > MAJOR_MAX) return;
  own.execve?.(execPath, [execPath, KEEP_COMPILED, ...execArgv, ...argv.slice(1)]);
}
