import { guard } from "@bylaw/sdk/langchain";
import { Command, interrupt, MemorySaver } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, tool } from "langchain";
import { z } from "zod";
import { deleteRecord, emptyTable, lookUp, report } from "../records.js";
import { governed, model, task } from "../settings.js";

const id = z.object({ id: z.string() });
const { tools, answered } = guard(
  governed,
  [
    tool(lookUp, { name: "look_up", description: "Looks a record up", schema: id }),
    tool(deleteRecord, { name: "delete_record", description: "Deletes a record", schema: id }),
    tool(emptyTable, {
      name: "empty_table",
      description: "Deletes every record",
      schema: z.object({}),
    }),
  ],
  { interrupt },
);

const agent = createAgent({
  model: new ChatOpenAI({
    model: model.name,
    apiKey: model.key,
    configuration: { baseURL: model.url },
    useResponsesApi: false,
  }),
  tools,
  checkpointer: new MemorySaver(),
});

const thread = { configurable: { thread_id: "1" } };
let state = await agent.invoke({ messages: [{ role: "user", content: task }] }, thread);
while (state.__interrupt__?.length > 0) {
  for (const { value } of state.__interrupt__) await answered(value);
  state = await agent.invoke(new Command({ resume: true }), thread);
}
report(state.messages.at(-1).content);
