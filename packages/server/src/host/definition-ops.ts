import { canonicalTime } from "@bylaw/core";
import type { DefinitionFinding } from "@bylaw/facts";
import type { StoredDefinition } from "@bylaw/store";
import type { AdminOps, DefinitionRow } from "../api/admin.ts";
import { currentUser } from "../config/user.ts";
import type { Host } from "./pipeline-ops.ts";
import { nameOf, type Pins } from "./review.ts";

/** What a person sees of what servers say about themselves, and what the person makes of it. */
export function definitionOps(
  { store, now }: Pick<Host, "store" | "now">,
  pins: Pick<Pins, "forget">,
): Pick<AdminOps, "definitions" | "definition" | "judgeDefinition"> {
  const list = async (server?: string): Promise<readonly StoredDefinition[]> =>
    (await store.definitions.list(server)).filter(({ kind }) => kind !== "listing");
  return {
    definitions: async (server) => (await list(server)).map(rowOf),
    async definition(server, kind, name) {
      const versions = (await list(server)).filter((one) => one.kind === kind && one.name === name);
      return Promise.all(
        versions.map(async (one) => ({
          ...rowOf(one),
          content: JSON.parse(
            (await store.definitions.content(one, one.digest)) ?? "null",
          ) as unknown,
        })),
      );
    },
    async judgeDefinition({ server, kind, name, digest, verdict }) {
      const versions = (await list(server)).filter((one) => one.kind === kind && one.name === name);
      const found = versions.find((one) => one.digest === digest);
      // What the person looked at may have given way to something newer meanwhile.
      if (found === undefined) return { error: "definition.not_found" };
      const before = versions.find(({ state }) => state === "accepted")?.digest ?? null;
      const by = currentUser();
      await store.log.append(
        {
          v: 1,
          kind: "change",
          at: canonicalTime(now()),
          subject: "definition",
          id: nameOf(found),
          before,
          after: verdict === "accepted" ? digest : before === digest ? null : before,
          by,
        },
        "sync",
        null,
      );
      const judged = await store.definitions.judge({ server, kind, name, digest, verdict, by });
      pins.forget(server);
      if (judged === null) return { error: "definition.not_found" };
      return rowOf({ ...found, state: verdict, by });
    },
  };
}

function rowOf(one: StoredDefinition): DefinitionRow {
  return {
    ref: nameOf(one),
    server: one.server,
    kind: one.kind,
    name: one.name,
    digest: one.digest,
    state: one.state,
    by: one.by,
    firstSeen: canonicalTime(one.firstSeen),
    findings: JSON.parse(one.findings) as readonly DefinitionFinding[],
  };
}
