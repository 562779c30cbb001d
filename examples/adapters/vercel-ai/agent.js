import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { guard } from "@bylaw/sdk/vercel-ai";
import { generateText, isStepCount, tool } from "ai";
import { z } from "zod";
import { deleteRecord, emptyTable, lookUp, report } from "../records.js";
import { governed, model, task } from "../settings.js";

const id = z.object({ id: z.string() });
const { tools, answered } = guard(governed, {
  look_up: tool({ description: "Looks a record up", inputSchema: id, execute: lookUp }),
  delete_record: tool({ description: "Deletes a record", inputSchema: id, execute: deleteRecord }),
  empty_table: tool({
    description: "Deletes every record",
    inputSchema: z.object({}),
    execute: emptyTable,
  }),
});

const provider = createOpenAICompatible({ name: "local", baseURL: model.url, apiKey: model.key });
const messages = [{ role: "user", content: task }];
for (;;) {
  const result = await generateText({
    model: provider(model.name),
    tools,
    messages,
    stopWhen: isStepCount(20),
  });
  messages.push(...result.responseMessages);
  const requests = result.content.filter((part) => part.type === "tool-approval-request");
  if (requests.length === 0) {
    report(result.text);
    break;
  }
  const content = await Promise.all(
    requests.map(async ({ approvalId, toolCall }) => ({
      type: "tool-approval-response",
      approvalId,
      approved: await answered(toolCall),
    })),
  );
  messages.push({ role: "tool", content });
}
