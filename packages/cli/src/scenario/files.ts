import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type ExpectedFailures,
  parseScenario,
  readExpectedFailures,
  type Scenario,
  type ScenarioError,
} from "@bylaw/scenario";
import { CommandError, EXIT } from "../exit.ts";

/** Beside the scenarios: what cannot pass yet. */
const EXPECTED_FILE = "expected-failures.yaml";

/** Files as named, and every `.yaml` of folders as named, in order of their names. */
export function scenarioFiles(paths: readonly string[]): readonly string[] {
  const files = paths.flatMap((path) => {
    try {
      return statSync(path).isDirectory() ? filesIn(path) : [path];
    } catch (error) {
      throw unreadable(path, error);
    }
  });
  if (files.length > 0) return files;
  const message = "no scenario found; name a file, or a folder with `.yaml` files";
  throw new CommandError(EXIT.usage, "scenario.none", message);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml") && name !== EXPECTED_FILE)
    .sort()
    .map((name) => join(folder, name));
}

/** Scenarios of files, or every mistake of all of them. */
export function readScenarios(files: readonly string[]): {
  readonly scenarios: readonly Scenario[];
  readonly refused: readonly ScenarioError[];
} {
  const read = files.map((file) => parseScenario(file, textOf(file)));
  return {
    scenarios: read.flatMap((one) => (one.ok ? [one.value] : [])),
    refused: read.flatMap((one) => (one.ok ? [] : one.error)),
  };
}

/** The list as named, else those beside the files. */
export function expectedFailures(
  named: string | undefined,
  files: readonly string[],
): ExpectedFailures {
  const beside = [...new Set(files.map((file) => join(dirname(file), EXPECTED_FILE)))];
  const lists = (named === undefined ? beside.filter((file) => existsSync(file)) : [named]).map(
    readList,
  );
  return {
    gateways: Object.assign({}, ...lists.map(({ gateways }) => gateways)) as Record<string, string>,
    rooms: Object.assign({}, ...lists.map(({ rooms }) => rooms)) as Record<string, string>,
    failures: lists.flatMap(({ failures }) => failures),
  };
}

function readList(file: string): ExpectedFailures {
  try {
    const read = readExpectedFailures(file);
    if (read.ok) return read.value;
    const message = read.error.map(mistakeText).join("\n");
    throw new CommandError(EXIT.usage, "scenario.invalid", message);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw unreadable(file, error);
  }
}

/** `file:line:column: message (code)`. */
export function mistakeText({ file, line, column, message, code }: ScenarioError): string {
  return `${file}:${line}:${column}: ${message} (${code})`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  return new CommandError(EXIT.usage, "scenario.unreadable", `${path}: cannot be read (${code})`);
}
