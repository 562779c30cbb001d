import { guard } from "@bylaw/sdk/openai-agents";
import { Agent, OpenAIChatCompletionsModel, run, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { deleteRecord, emptyTable, lookUp, report } from "../records.js";
import { governed, model, task } from "../settings.js";

const id = z.object({ id: z.string() });
const { tools, answered } = guard(governed, [
  { name: "look_up", description: "Looks a record up", parameters: id, execute: lookUp },
  { name: "delete_record", description: "Deletes a record", parameters: id, execute: deleteRecord },
  {
    name: "empty_table",
    description: "Deletes every record",
    parameters: z.object({}),
    execute: emptyTable,
  },
]);

setTracingDisabled(true);
const client = new OpenAI({ baseURL: model.url, apiKey: model.key });
const agent = new Agent({
  name: "clerk",
  model: new OpenAIChatCompletionsModel(client, model.name),
  tools: tools.map((options) => tool(options)),
});

let result = await run(agent, task);
while (result.interruptions.length > 0) {
  for (const interruption of result.interruptions) {
    if (await answered(interruption)) result.state.approve(interruption);
    else result.state.reject(interruption);
  }
  result = await run(agent, result.state);
}
report(result.finalOutput);
