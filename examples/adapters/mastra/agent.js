import { guard } from "@bylaw/sdk/mastra";
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { InMemoryStore } from "@mastra/core/storage";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { deleteRecord, emptyTable, lookUp, report } from "../records.js";
import { governed, model, task } from "../settings.js";

const id = z.object({ id: z.string() });
const { tools, answered } = guard(governed, {
  look_up: {
    id: "look_up",
    description: "Looks a record up",
    inputSchema: id,
    execute: async (input) => lookUp(input),
  },
  delete_record: {
    id: "delete_record",
    description: "Deletes a record",
    inputSchema: id,
    execute: async (input) => deleteRecord(input),
  },
  empty_table: {
    id: "empty_table",
    description: "Deletes every record",
    inputSchema: z.object({}),
    execute: async () => emptyTable(),
  },
});

const clerk = new Agent({
  id: "clerk",
  name: "clerk",
  instructions: "You keep records.",
  model: { id: `local/${model.name}`, url: model.url, apiKey: model.key },
  tools: Object.fromEntries(
    Object.entries(tools).map(([name, options]) => [name, createTool(options)]),
  ),
});
// A run that waits is kept in the storage.
const mastra = new Mastra({ agents: { clerk }, storage: new InMemoryStore(), logger: false });
const agent = mastra.getAgent("clerk");

let result = await agent.generate(task);
while (result.finishReason === "suspended") {
  const { runId, suspendPayload } = result;
  const { toolCallId } = suspendPayload;
  const approved = await answered(suspendPayload);
  result = approved
    ? await agent.approveToolCallGenerate({ runId, toolCallId })
    : await agent.declineToolCallGenerate({ runId, toolCallId });
}
report(result.text);
