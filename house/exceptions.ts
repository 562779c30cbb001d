import type { Finding } from "./repository.ts";

/** A place where a house rule would make the code worse. */
export interface Exception {
  readonly rule: string;
  readonly file: string;
  readonly because: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    rule: "effects.listen",
    file: "packages/cli/src/doctor/probe.ts",
    because:
      "stands in for a broken gateway on a socket in a folder of its own; nothing is served and no port is opened",
  },
  {
    rule: "tidy.size",
    file: "packages/facts/src/shell/syntax/parser.ts",
    because:
      "one grammar: its productions call each other and share the position and waiting here-documents",
  },
  {
    rule: "tidy.size",
    file: "packages/facts/src/shell/walk.ts",
    because:
      "one shell: its steps share the state that a command leaves to the next, which a split would make public",
  },
  {
    rule: "tidy.size",
    file: "packages/facts/src/sql/sqlite/reader.ts",
    because:
      "one grammar: its productions call each other and share the cursor and the effects, which a split would make public",
  },
  {
    rule: "effects.clock",
    file: "packages/scenario/src/clock.ts",
    because:
      "it is the clock: loaded into a gateway that plays a scenario, it makes time stand still",
  },
  {
    rule: "effects.environment",
    file: "packages/scenario/src/clock.ts",
    because: "it runs before the gateway does, which alone could hand it anything",
  },
  {
    rule: "effects.fetch",
    file: "packages/scenario/src/door/mcp.ts",
    because: "it plays the client of an agent, on the other side of the gateway",
  },
  {
    rule: "effects.fetch",
    file: "packages/scenario/src/door/sdk.ts",
    because: "it plays a caller that has no SDK, on the other side of the gateway",
  },
];

/** What is left of the findings, and exceptions that no longer excuse anything. */
export function judge(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
): { readonly open: readonly Finding[]; readonly stale: readonly Exception[] } {
  const covers = (exception: Exception, finding: Finding): boolean =>
    exception.rule === finding.rule && exception.file === finding.file;
  return {
    open: findings.filter((finding) => !exceptions.some((exception) => covers(exception, finding))),
    stale: exceptions.filter(
      (exception) => !findings.some((finding) => covers(exception, finding)),
    ),
  };
}
