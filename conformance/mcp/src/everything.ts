import {
  type CallToolResult,
  completable,
  inputRequired,
  McpServer,
  MissingRequiredClientCapabilityError,
  type RequestId,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";

/** What all servers of the process share. */
export interface Shared {
  mint(state: Record<string, unknown>): Promise<string>;
  readonly verify: (state: string, context: ServerContext) => unknown;
  toolsChanged(): void;
  promptsChanged(): void;
  closeStream(session: string | undefined, id: RequestId): void;
}

/** One pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/** No samples. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
const STEP_MS = 50;

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, STEP_MS));
const capabilities = ({ mcpReq }: ServerContext): Record<string, unknown> =>
  (mcpReq.envelope?.["io.modelcontextprotocol/clientCapabilities"] ?? {}) as Record<
    string,
    unknown
  >;

const askName = (message: string, field = "name") =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: "object",
      properties: { [field]: { type: "string" } },
      required: [field],
    },
  });
const askOk = () =>
  inputRequired.elicit({
    message: "Please confirm",
    requestedSchema: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] },
  });
const askModel = (question: string) =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: question } }],
    maxTokens: 100,
  });

/** The server that the scenarios of `@modelcontextprotocol/conformance` describe. */
export function buildServer(shared: Shared): McpServer {
  const server = new McpServer(
    { name: "fixture", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: shared.verify },
      cacheHints: {
        "tools/list": { ttlMs: 5_000, cacheScope: "public" },
        "resources/read": { ttlMs: 5_000, cacheScope: "public" },
      },
    },
  );
  contents(server);
  whileRunning(server, shared);
  askingBack(server);
  roundTrips(server, shared);
  resources(server);
  prompts(server);
  return server;
}

function contents(server: McpServer): void {
  const image = { type: "image" as const, data: PNG, mimeType: "image/png" };
  const tools: Record<string, CallToolResult> = {
    test_simple_text: text("This is a simple text response for testing."),
    test_image_content: { content: [image] },
    test_audio_content: { content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] },
    test_embedded_resource: {
      content: [
        {
          type: "resource",
          resource: {
            uri: "test://embedded-resource",
            mimeType: "text/plain",
            text: "This is an embedded resource content.",
          },
        },
      ],
    },
    test_multiple_content_types: {
      content: [
        { type: "text", text: "Multiple content types test:" },
        image,
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: '{"test":"data","value":123}',
          },
        },
      ],
    },
  };
  for (const [name, result] of Object.entries(tools))
    server.registerTool(name, { description: name }, () => result);
  server.registerTool("test_error_handling", { description: "always fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  server.registerTool(
    "test_x_mcp_header",
    {
      description: "repeats an argument in a header",
      inputSchema: z.object({
        region: z.string().meta({ "x-mcp-header": "Region" }),
        count: z.int().optional().meta({ "x-mcp-header": "Count" }),
      }),
    },
    ({ region }) => text(region),
  );
  server.registerTool(
    "json_schema_2020_12_tool",
    {
      description: "a schema with references",
      inputSchema: z.object({ name: z.string().optional() }),
    },
    () => text("ok"),
  );
}

function whileRunning(server: McpServer, shared: Shared): void {
  server.registerTool("test_tool_with_logging", { description: "logs" }, async ({ mcpReq }) => {
    for (const line of ["started", "processing data", "completed"]) {
      await mcpReq.log("info", `Tool execution ${line}`);
      await pause();
    }
    return text("done");
  });
  server.registerTool("test_logging_tool", { description: "logs" }, async ({ mcpReq }) => {
    await mcpReq.log("info", "a line that only who asked for it may see");
    return text("done");
  });
  server.registerTool("test_tool_with_progress", { description: "steps" }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress, total: 100 },
        });
      await pause();
    }
    return text("done");
  });
  server.registerTool("test_reconnection", { description: "drops its stream" }, async (context) => {
    shared.closeStream(context.sessionId, context.mcpReq.id);
    await pause();
    await pause();
    return text("done");
  });
  server.registerTool("test_trigger_tool_change", { description: "changes tools" }, () => {
    shared.toolsChanged();
    return text("done");
  });
  server.registerTool("test_trigger_prompt_change", { description: "changes prompts" }, () => {
    shared.promptsChanged();
    return text("done");
  });
}

/** What servers with sessions ask by requests of their own. */
function askingBack(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "asks the model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const { content } = await mcpReq.requestSampling({
        messages: [{ role: "user", content: { type: "text", text: prompt } }],
        maxTokens: 100,
      });
      return text(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  const elicit = async (
    { mcpReq }: ServerContext,
    message: string,
    properties: Record<string, unknown>,
    required: readonly string[] = [],
  ): Promise<CallToolResult> => {
    const requestedSchema = { type: "object", properties, required };
    const { action, content } = await mcpReq.elicitInput({
      mode: "form",
      message,
      requestedSchema,
    } as unknown as Parameters<typeof mcpReq.elicitInput>[0]);
    return text(`action=${action}, content=${JSON.stringify(content ?? {})}`);
  };
  server.registerTool(
    "test_elicitation",
    { description: "asks the user", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) =>
      elicit(context, message, { response: { type: "string" } }, ["response"]),
  );
  server.registerTool("test_elicitation_sep1034_defaults", { description: "defaults" }, (context) =>
    elicit(context, "with defaults", {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    }),
  );
  const options = ["option1", "option2", "option3"];
  const titled = [1, 2, 3].map((at) => ({ const: `value${at}`, title: `Value ${at}` }));
  server.registerTool("test_elicitation_sep1330_enums", { description: "choices" }, (context) =>
    elicit(context, "choose", {
      untitledSingle: { type: "string", enum: options },
      titledSingle: { type: "string", oneOf: titled },
      legacyEnum: { type: "string", enum: options, enumNames: ["One", "Two", "Three"] },
      untitledMulti: { type: "array", items: { type: "string", enum: options } },
      titledMulti: { type: "array", items: { anyOf: titled } },
    }),
  );
}

/** What servers without sessions ask in their results. */
function roundTrips(server: McpServer, shared: Shared): void {
  const tool = (name: string, run: (context: ServerContext) => unknown): void => {
    server.registerTool(
      name,
      { description: name },
      run as (context: ServerContext) => CallToolResult,
    );
  };
  const given = ({ mcpReq }: ServerContext, ...keys: readonly string[]): boolean =>
    keys.every((key) => mcpReq.inputResponses?.[key] !== undefined);

  tool("test_input_required_result_elicitation", (context) =>
    given(context, "user_name")
      ? text("Hello!")
      : inputRequired({ inputRequests: { user_name: askName("What is your name?") } }),
  );
  tool("test_input_required_result_sampling", (context) =>
    given(context, "capital_question")
      ? text(JSON.stringify(context.mcpReq.inputResponses))
      : inputRequired({
          inputRequests: { capital_question: askModel("What is the capital of France?") },
        }),
  );
  tool("test_input_required_result_list_roots", (context) =>
    given(context, "client_roots")
      ? text(JSON.stringify(context.mcpReq.inputResponses))
      : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } }),
  );
  for (const name of ["request_state", "tampered_state"])
    tool(`test_input_required_result_${name}`, async (context) =>
      given(context, "confirm") && context.mcpReq.requestState() !== undefined
        ? text("state-ok")
        : inputRequired({
            inputRequests: { confirm: askOk() },
            requestState: await shared.mint({ at: "confirm" }),
          }),
    );
  tool("test_input_required_result_multiple_inputs", async (context) =>
    given(context, "user_name", "greeting", "client_roots")
      ? text("done")
      : inputRequired({
          inputRequests: {
            user_name: askName("What is your name?"),
            greeting: askModel("Generate a greeting"),
            client_roots: inputRequired.listRoots(),
          },
          requestState: await shared.mint({ at: "all" }),
        }),
  );
  tool("test_input_required_result_multi_round", async (context) => {
    if (given(context, "step2")) return text("done");
    const [key, question, field] = given(context, "step1")
      ? (["step2", "Step 2: What is your favorite color?", "color"] as const)
      : (["step1", "Step 1: What is your name?", "name"] as const);
    return inputRequired({
      inputRequests: { [key]: askName(question, field) },
      requestState: await shared.mint({ at: key }),
    });
  });
  tool("test_input_required_result_capabilities", (context) => {
    const able = capabilities(context);
    const requests = {
      ...("sampling" in able ? { sampled: askModel("Say something") } : {}),
      ...("elicitation" in able ? { asked: askName("What is your name?") } : {}),
    };
    return Object.keys(requests).length === 0 || context.mcpReq.inputResponses !== undefined
      ? text("done")
      : inputRequired({ inputRequests: requests });
  });
  tool("test_streaming_elicitation", (context) =>
    given(context, "user_name")
      ? text("done")
      : inputRequired({ inputRequests: { user_name: askName("What is your name?") } }),
  );
  tool("test_missing_capability", (context) => {
    if ("sampling" in capabilities(context)) return text("done");
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
  });
}

function resources(server: McpServer): void {
  const plain = (name: string, uri: string, content: object, mimeType: string): void => {
    server.registerResource(name, uri, { description: name, mimeType }, () => ({
      contents: [{ uri, mimeType, ...content } as { uri: string; text: string }],
    }));
  };
  plain("static text", "test://static-text", { text: "static text" }, "text/plain");
  plain("static binary", "test://static-binary", { blob: PNG }, "image/png");
  plain("watched", "test://watched-resource", { text: "watched" }, "text/plain");
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "by id", mimeType: "application/json" },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: "application/json",
          text: JSON.stringify({ id, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  );
  for (const method of ["resources/subscribe", "resources/unsubscribe"] as const)
    server.server.setRequestHandler(method, () => ({}));
}

function prompts(server: McpServer): void {
  const say = (value: string) => ({
    role: "user" as const,
    content: { type: "text" as const, text: value },
  });
  server.registerPrompt("test_simple_prompt", { description: "one line" }, () => ({
    messages: [say("This is a simple prompt for testing.")],
  }));
  const named = (word: string) =>
    completable(z.string(), (value) =>
      [`${word}-one`, `${word}-two`].filter((one) => one.startsWith(value)),
    );
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "two arguments",
      argsSchema: z.object({ arg1: named("paris"), arg2: named("lyon") }),
    },
    ({ arg1, arg2 }) => ({
      messages: [say(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "with a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri, mimeType: "text/plain", text: "embedded" },
          },
        },
        say("Please process the embedded resource above."),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "with an image" }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
      say("Please analyze the image above."),
    ],
  }));
  server.registerPrompt("test_input_required_result_prompt", { description: "asks first" }, (({
    mcpReq,
  }: ServerContext) =>
    mcpReq.inputResponses?.["user_context"] === undefined
      ? inputRequired({
          inputRequests: {
            user_context: askName("What context should the prompt use?", "context"),
          },
        })
      : { messages: [say("with context")] }) as never);
}
