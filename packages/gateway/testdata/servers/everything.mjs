import { ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

/** The same tools, resources and prompts for both transports; `ran` hears of every execution. */
export function registerEverything(server, ran) {
  server.registerTool(
    "echo",
    { description: "says it back", inputSchema: { text: z.string() } },
    ({ text }) => {
      ran(`ran echo ${text.length}`);
      return { content: [{ type: "text", text }] };
    },
  );
  server.registerTool("wipe", { description: "deletes all", inputSchema: {} }, () => {
    ran("ran wipe");
    return { content: [{ type: "text", text: "wiped" }] };
  });
  server.registerTool("fail", { description: "fails", inputSchema: {} }, () => ({
    content: [{ type: "text", text: "it did not work" }],
    isError: true,
  }));
  server.registerTool("die", { description: "ends the process", inputSchema: {} }, () => {
    process.exit(1);
  });
  server.registerTool("silent", { description: "never answers", inputSchema: {} }, async () => {
    ran("ran silent");
    await new Promise(() => undefined);
  });
  server.registerTool("environment", { description: "shows it", inputSchema: {} }, () => ({
    content: [{ type: "text", text: Object.keys(process.env).sort().join(",") }],
  }));
  server.registerTool(
    "steps",
    { description: "reports progress", inputSchema: {} },
    async (_args, extra) => {
      const progressToken = extra._meta?.progressToken;
      for (const progress of [1, 2, 3])
        await extra.sendNotification({
          method: "notifications/progress",
          params: { progressToken, progress, total: 3 },
        });
      return { content: [{ type: "text", text: "done" }] };
    },
  );
  server.registerTool(
    "sample",
    { description: "asks the client's model", inputSchema: {} },
    async (_args, extra) => {
      try {
        const answer = await extra.sendRequest(
          {
            method: "sampling/createMessage",
            params: {
              messages: [{ role: "user", content: { type: "text", text: "hello" } }],
              maxTokens: 10,
            },
          },
          z.any(),
        );
        return { content: [{ type: "text", text: `model: ${answer.content.text}` }] };
      } catch (error) {
        return { content: [{ type: "text", text: `refused: ${error.code}` }], isError: true };
      }
    },
  );
  server.registerTool("grow", { description: "adds a tool", inputSchema: {} }, () => {
    server.registerTool("grown", { description: "is new", inputSchema: {} }, () => ({
      content: [{ type: "text", text: "new" }],
    }));
    return { content: [{ type: "text", text: "added" }] };
  });
  server.registerResource("note", "note://one", { description: "a note" }, (uri) => ({
    contents: [{ uri: uri.href, text: "remember the milk" }],
  }));
  server.registerResource(
    "file",
    new ResourceTemplate("file:///{+path}", { list: undefined }),
    { description: "any file" },
    (uri) => {
      ran(`ran read ${uri.href}`);
      return { contents: [{ uri: uri.href, text: "content" }] };
    },
  );
  server.registerPrompt("greet", { argsSchema: { name: z.string() } }, ({ name }) => ({
    messages: [{ role: "user", content: { type: "text", text: `greet ${name}` } }],
  }));
}
