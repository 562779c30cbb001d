import type { Status } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { describeFactors } from "../factors/describe.ts";
import { describeHalt } from "../halts.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { describePolicy, describeShadow } from "../policy.ts";

export function statusCommand(): Command {
  return new Command("status")
    .description("what the running gateway enforces and what waits for a person")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: DataOption & { readonly json?: boolean }) => {
      const status = await adminClient(dataFolder(options)).get<Status>("/status");
      if (options.json) return console.log(JSON.stringify(status));
      console.log(`address    ${status.address} (process ${status.pid})`);
      console.log(`isolation  ${status.tier}`);
      console.log(`factors    ${describeFactors(status.factors)}`);
      console.log(`bundle     ${status.bundle}`);
      console.log(`policies   ${describePolicy(status.policy)}`);
      if (!status.watching)
        console.log("           changed files are read by: bylaw policy reload");
      console.log(`shadow     ${describeShadow(status.shadow)}`);
      console.log(`upstreams  ${status.upstreams.join(", ") || "none"}`);
      console.log(`log        ${status.records} records${published(status)}`);
      for (const witness of status.witnesses) console.log(`witness    ${describe(witness)}`);
      for (const halt of status.halts) console.log(`HALTED     ${describeHalt(halt)}`);
      for (const issuer of status.issuers) console.log(`issuer     ${describeIssuer(issuer)}`);
      console.log(`waiting    ${status.waiting} for a person`);
    });
}

function published({ log }: Status): string {
  return log === null ? "" : `, published on ${log}`;
}

function describeIssuer({ name, issuer, keys, problem }: Status["issuers"][number]): string {
  const failing = problem === null ? "" : `, NOT CONFIRMED (${problem})`;
  return `${name} ${issuer}, ${keys} keys${failing}`;
}

function describe({ name, size, problem }: Status["witnesses"][number]): string {
  const seen = size === null ? "nothing yet" : `${size} records`;
  return problem === null ? `${name} cosigned ${seen}` : `${name} FAILS (${problem}), has ${seen}`;
}
