import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "@bylaw/core";

export interface Step {
  readonly tool: string;
  readonly args: JsonObject;
  readonly result: string;
  readonly error: string | null;
}

/** A recorded session and what is known about it; `injected` are the steps that a text asked for. */
export interface Session {
  readonly family: string;
  readonly suite: string;
  readonly id: string;
  readonly task: string;
  readonly attack: boolean;
  readonly injected: readonly number[];
  readonly prompt: string;
  readonly steps: readonly Step[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

export interface Data {
  readonly sessions: readonly Session[];
  readonly tools: Readonly<Record<string, readonly Tool[]>>;
}

interface Label {
  readonly id: string;
  readonly attack: boolean;
  readonly injected_steps: readonly number[];
  readonly pair: readonly string[];
}

/** In: a folder with `injection/*.traces.jsonl.gz`, labels of the same name and `injection/tools.json`. */
export function readData(folder: string): Data {
  const place = join(folder, "injection");
  const files = readdirSync(place).filter((name) => name.endsWith(".traces.jsonl.gz"));
  const sessions = files.flatMap((file) => {
    const labels = new Map(
      rows<Label>(join(place, file.replace(".traces.", ".labels."))).map((label) => [
        label.id,
        label,
      ]),
    );
    return rows<Session>(join(place, file)).map((trace): Session => {
      const label = labels.get(trace.id);
      if (label === undefined) throw new Error(`${file}: no label for ${trace.id}`);
      const { id, suite, prompt, steps } = trace;
      const task = label.pair.slice(0, 2).join("/");
      const family = file.split("-")[0] ?? file;
      return {
        family,
        suite,
        id,
        task,
        attack: label.attack,
        injected: label.injected_steps,
        prompt,
        steps,
      };
    });
  });
  const tools = JSON.parse(readFileSync(join(place, "tools.json"), "utf8")) as Data["tools"];
  return { sessions, tools };
}

/** The suites that are part of this repository: tools and sessions written by hand. */
export function readOwn(): Data {
  const folder = new URL("./suites/", import.meta.url);
  const suites = readdirSync(folder).map(
    (name) =>
      JSON.parse(readFileSync(new URL(name, folder), "utf8")) as {
        readonly suite: string;
        readonly tools: readonly Tool[];
        readonly traces: readonly (Session & { readonly injected?: readonly number[] })[];
      },
  );
  return {
    sessions: suites.flatMap(({ suite, traces }) =>
      traces.map((trace) => ({
        ...trace,
        family: "own",
        suite,
        task: trace.id,
        injected: trace.injected ?? [],
      })),
    ),
    tools: Object.fromEntries(suites.map(({ suite, tools }) => [suite, tools])),
  };
}

/** Several data sets as one; no two of them have a suite of the same name. */
export function joined(sets: readonly Data[]): Data {
  return {
    sessions: sets.flatMap(({ sessions }) => sessions),
    tools: Object.assign({}, ...sets.map(({ tools }) => tools)) as Data["tools"],
  };
}

function rows<T>(file: string): readonly T[] {
  return gunzipSync(readFileSync(file))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
