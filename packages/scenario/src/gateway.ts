import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { START_MAX_MS, STOP_MAX_MS } from "./limits.ts";
import { ScenarioFailure, type ScenarioOps } from "./ops.ts";
import type { Site } from "./site.ts";
import type { Place } from "./world/place.ts";

/** A gateway that plays a scenario: `bylaw up` as a process of its own, with a clock that can be moved. */
export interface Gateway {
  readonly address: string;
  /** SIGTERM, and waits until it has drained. */
  stop(): Promise<void>;
}

const CLOCK = new URL("./clock.js", import.meta.url).href;

/** Starts `bylaw up` for a site and waits until it is ready. Throws ScenarioFailure with what it said. */
export async function startGateway(site: Site, place: Place, ops: ScenarioOps): Promise<Gateway> {
  const [program, ...first] = ops.bylaw;
  const args = ["--import", CLOCK, ...first, "up", "--config", site.config, "--port", "0"];
  const child = spawn(program, args, {
    cwd: site.folder,
    env: {
      ...ops.environment,
      HOME: place.home,
      BYLAW_DATA: site.data,
      SCENARIO_CLOCK: site.clock,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const address = await ready(child);
  return {
    address,
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

const READY = /bylaw is ready on (http:\/\/\S+)/;

function ready(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), START_MAX_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const address = READY.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      reject(new ScenarioFailure("scenario.start", `bylaw up did not start: ${said.trim()}`));
    });
  });
}
