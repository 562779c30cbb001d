import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { eventually } from "./wait.ts";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of a Chromium; null where there is none. */
export const CHROMIUM: string | null = PROGRAMS.find(existsSync) ?? null;

/** A page of a real browser with an authenticator of its own, which is always touched at once. */
export interface Page {
  goto(url: string): Promise<void>;
  /** Runs an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Clicks the element of an id once it is there and enabled. */
  click(id: string): Promise<void>;
  press(key: string): Promise<void>;
  /** The page's text, once it holds this. */
  textWith(part: string): Promise<string>;
  /** Every address that was asked for. */
  readonly asked: readonly string[];
  /** What the page, its policy or its scripts complained about. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Opens a page. The protocol goes over a pipe: no port is opened. */
export async function openPage(program: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), "bylaw-browser-"));
  const flags = [
    "--headless=new",
    "--no-sandbox", // a container has no user namespaces to give
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-pipe",
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const asked: string[] = [];
  const complaints: string[] = [];
  const call = protocol(child, ({ method, params = {} }) => {
    const text = JSON.stringify(params);
    if (method === "Network.requestWillBeSent")
      asked.push((params["request"] as { url: string }).url);
    if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") complaints.push(text);
  });
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const send = (method: string, params: object = {}) => call(method, params, session);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("WebAuthn.enable", {});
  await send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  };
  return {
    asked,
    complaints,
    evaluate,
    goto: async (url) => void (await send("Page.navigate", { url })),
    async click(id) {
      const found = `document.getElementById(${JSON.stringify(id)})`;
      await eventually(`there is something to click: ${id}`, async () =>
        (await evaluate<boolean>(`${found} !== null && !${found}.disabled`)) ? true : undefined,
      );
      await evaluate(`${found}.click()`);
    },
    async press(key) {
      for (const type of ["keyDown", "keyUp"])
        await send("Input.dispatchKeyEvent", { type, key, text: type === "keyDown" ? key : "" });
    },
    textWith: (part) =>
      eventually(`the page says: ${part}`, async () => {
        const text = await evaluate<string>("document.body?.innerText ?? ''");
        return text.includes(part) ? text : undefined;
      }),
    async close() {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The DevTools protocol: JSON messages that end with a zero byte. */
function protocol(
  child: ChildProcess,
  heard: (message: Message) => void,
): (method: string, params: object, session?: string) => Promise<Record<string, unknown>> {
  const input = child.stdio[3] as Writable;
  const output = child.stdio[4] as Readable;
  const waiting = new Map<number, (message: Message) => void>();
  // A browser that has ended says so below.
  input.on("error", () => undefined);
  output.on("error", () => undefined);
  let rest = "";
  let last = 0;
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id === undefined) heard(message);
      else waiting.get(message.id)?.(message);
    }
  });
  child.once("close", () => {
    for (const answer of waiting.values()) answer({ error: { message: "the browser has ended" } });
  });
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = last;
      waiting.set(id, ({ error, result = {} }) => {
        waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}
