import type { Batch, HeldAction } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly json?: boolean;
  readonly all?: boolean;
}

export function listCommand(): Command {
  return new Command("list")
    .description("what waits for a decision, and what belongs together")
    .option("--all", "also what was decided, expired or used")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const client = adminClient(dataFolder(options));
      const path = options.all ? "/approvals?all" : "/approvals";
      const held = await client.get<readonly HeldAction[]>(path);
      if (options.json) return console.log(JSON.stringify(held));
      if (held.length === 0) return console.log("nothing waits for you");
      const batches = await client.get<readonly Batch[]>("/approvals/batches");
      const together = batches.filter(({ members }) => members.length > 1);
      for (const batch of together) tellBatch(batch);
      const shown = new Set(together.flatMap(({ members }) => members));
      for (const action of held) if (options.all || !shown.has(action.id)) tell(action, batches);
      console.log("\nAnswer with: bylaw approvals approve ID   or: bylaw approvals reject ID");
    });
}

function tell(action: HeldAction, batches: readonly Batch[]): void {
  const what = `${action.upstream} ${action.target ?? action.operation}`;
  say(`${action.id}  ${action.state}  ${action.agent} wants ${what}`);
  for (const line of action.summary.length > 0 ? action.summary : action.effects)
    say(`    ${line}`);
  const batch = batches.find(({ members }) => members.includes(action.id));
  if (batch !== undefined && action.state === "waiting") tellRepeated(batch);
}

function tellBatch(batch: Batch): void {
  const { id, agent, upstream, target, members, total } = batch;
  say(`${id}  ${members.length} waiting  ${agent} wants ${upstream} ${target ?? ""}`);
  for (const line of total) say(`    in all: ${line}`);
  for (const member of members) say(`    ${member}`);
  tellRepeated(batch);
}

/** Somebody who says yes to the same again and again reads it no more. */
function tellRepeated({ repeated, approvedBefore, members }: Batch): void {
  const [first] = members;
  if (!repeated || first === undefined) return;
  say(
    `    approved ${approvedBefore} times before. To answer the next ones as well, where its bylaw`,
  );
  say(`    allows that: bylaw approvals approve ${first} --for 1h --uses 10`);
}
