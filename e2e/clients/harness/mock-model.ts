import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One tool call that the model asks for. */
export interface Turn {
  readonly tool: string;
  /** Group that the tool is offered in; only one provider has such groups. */
  readonly namespace?: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Asked for in one message with the turn before; only one provider's model is made to do that. */
  readonly beside?: true;
}

/** A model on loopback: it asks for the turns one after the other, whatever it is told, and then says `done`. */
export interface MockModel {
  readonly address: string;
  /** Results that it was shown, in order, as JSON. */
  readonly results: readonly string[];
  /** Tools that it was offered. */
  readonly offered: ReadonlySet<string>;
  /** In: also what happens before a turn is asked for, by its number. */
  script(turns: readonly Turn[], before?: (at: number) => Promise<void>): void;
  close(): Promise<void>;
}

type Body = Record<string, unknown>;

/** Calls in place of a tool that never comes. */
const FILLERS_MAX = 50;

/** What one provider's protocol looks like. */
interface Dialect {
  readonly isCall: (path: string) => boolean;
  readonly offered: (body: Body) => readonly string[];
  readonly results: (body: Body) => readonly string[];
  /** In: what is asked for at once; nothing ends the model's turn. */
  readonly answer: (
    turns: readonly Turn[],
    at: number,
    body: Body,
    response: ServerResponse,
  ) => void;
  /** A call that does nothing, for a turn whose tool is not offered yet: a server may still start. */
  readonly filler: Turn;
  /** Everything else that the client asks. */
  readonly other: (path: string) => object;
}

export async function startModel(dialect: Dialect): Promise<MockModel> {
  let turns: readonly Turn[] = [];
  let results: readonly string[] = [];
  let before: (at: number) => Promise<void> = () => Promise.resolve();
  const offered = new Set<string>();
  const fillers = new Set<number>();
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const path = request.url ?? "";
      if (request.method !== "POST" || !dialect.isCall(path))
        return json(response, dialect.other(path));
      for (const tool of dialect.offered(body)) offered.add(tool);
      const all = dialect.results(body);
      const seen = all.filter((_result, at) => !fillers.has(at));
      const tools = dialect.offered(body);
      // Clients also ask for titles and summaries, without any tools.
      if (tools.length > 0 && seen.length >= results.length) results = seen;
      const turn = tools.length === 0 ? null : (turns[seen.length] ?? null);
      const early = turn !== null && !tools.includes(turn.namespace ?? turn.tool);
      if (early && fillers.size < FILLERS_MAX) {
        fillers.add(all.length);
        return dialect.answer([dialect.filler], all.length, body, response);
      }
      if (turn !== null) await before(seen.length);
      dialect.answer(together(turn, turns.slice(seen.length + 1)), all.length, body, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get results() {
      return results;
    },
    offered,
    script: (next, happens = () => Promise.resolve()) => {
      turns = next;
      before = happens;
      fillers.clear();
      results = [];
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A turn and those that are asked for in one message with it. */
function together(turn: Turn | null, later: readonly Turn[]): readonly Turn[] {
  if (turn === null) return [];
  const next = later.findIndex(({ beside }) => beside !== true);
  return [turn, ...(next === -1 ? later : later.slice(0, next))];
}

/** Anthropic's Messages API. */
export const MESSAGES: Dialect = {
  filler: { tool: "Bash", input: { command: "sleep 0.2" } },
  isCall: (path) => path.startsWith("/v1/messages") && !path.includes("count_tokens"),
  offered: (body) => list(body["tools"]).map((tool) => String(tool["name"])),
  results: (body) =>
    list(body["messages"]).flatMap((message) =>
      list(message["content"])
        .filter((block) => block["type"] === "tool_result")
        .map((block) => JSON.stringify(block["content"])),
    ),
  other: (path) => (path.includes("count_tokens") ? { input_tokens: 10 } : {}),
  answer: (turns, at, body, response) => {
    const content =
      turns.length === 0
        ? [{ type: "text", text: "done" }]
        : turns.map(({ tool, input }, next) => ({
            type: "tool_use",
            id: `toolu_${at}_${next}`,
            name: tool,
            input,
          }));
    const stop = turns.length === 0 ? "end_turn" : "tool_use";
    const usage = { input_tokens: 10, output_tokens: 10 };
    const head = { id: `msg_${at}`, type: "message", role: "assistant", model: "mock-model" };
    if (body["stream"] !== true)
      return json(response, { ...head, content, stop_reason: stop, usage });
    events(response, [
      ["message_start", { message: { ...head, content: [], stop_reason: null, usage } }],
      ...content.flatMap(streamed),
      ["message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage }],
      ["message_stop", {}],
    ]);
  },
};

/** The events of one block, by its place in the message. */
function streamed(block: object, index: number): readonly (readonly [string, object])[] {
  const [start, delta] =
    "input" in block
      ? [
          { ...block, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ]
      : [
          { ...block, text: "" },
          { type: "text_delta", text: "done" },
        ];
  return [
    ["content_block_start", { index, content_block: start }],
    ["content_block_delta", { index, delta }],
    ["content_block_stop", { index }],
  ];
}

/** OpenAI's Responses API. */
export const RESPONSES: Dialect = {
  filler: { tool: "exec_command", input: { cmd: "sleep 0.2" } },
  isCall: (path) => path.startsWith("/v1/responses"),
  offered: (body) => list(body["tools"]).map((tool) => String(tool["name"] ?? tool["type"])),
  results: (body) =>
    list(body["input"])
      .filter(({ type }) => String(type).endsWith("_call_output"))
      .map((item) => JSON.stringify(item["output"])),
  other: () => ({ object: "list", data: [], models: [] }),
  answer: ([turn], at, _body, response) => {
    const item =
      turn === undefined
        ? message(at)
        : {
            type: "function_call",
            id: `fc_${at}`,
            call_id: `call_${at}`,
            name: turn.tool,
            ...(turn.namespace === undefined ? {} : { namespace: turn.namespace }),
            arguments: JSON.stringify(turn.input),
          };
    const usage = {
      input_tokens: 1,
      output_tokens: 1,
      total_tokens: 2,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    };
    const whole = { id: `resp_${at}`, object: "response", output: [] };
    events(response, [
      ["response.created", { sequence_number: 0, response: { ...whole, status: "in_progress" } }],
      ["response.output_item.added", { sequence_number: 1, output_index: 0, item }],
      ["response.output_item.done", { sequence_number: 2, output_index: 0, item }],
      [
        "response.completed",
        {
          sequence_number: 3,
          response: { ...whole, status: "completed", output: [item], usage },
        },
      ],
    ]);
  },
};

function message(at: number): object {
  const content = [{ type: "output_text", text: "done", annotations: [] }];
  return { type: "message", id: `msg_${at}`, role: "assistant", content };
}

/** OpenAI's Chat Completions API, streamed. */
export const CHAT: Dialect = {
  filler: { tool: "bash", input: { command: "sleep 0.2", description: "wait" } },
  isCall: (path) => path.startsWith("/v1/chat/completions"),
  offered: (body) =>
    list(body["tools"]).map((tool) => String((tool["function"] as Body | undefined)?.["name"])),
  results: (body) =>
    list(body["messages"])
      .filter(({ role }) => role === "tool")
      .map(({ content }) => JSON.stringify(content)),
  other: () => ({ object: "list", data: [{ id: "mock-model", object: "model" }] }),
  answer: ([turn], at, _body, response) => {
    const call = (one: Turn): object => ({
      index: 0,
      id: `call_${at}`,
      type: "function",
      function: { name: one.tool, arguments: JSON.stringify(one.input) },
    });
    const delta =
      turn === undefined ? { content: "done" } : { content: null, tool_calls: [call(turn)] };
    const reason = turn === undefined ? "stop" : "tool_calls";
    const whole = { id: `c_${at}`, object: "chat.completion.chunk", model: "mock-model" };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const chunks = [
      { ...whole, choices: [{ index: 0, delta: { role: "assistant", ...delta } }] },
      { ...whole, choices: [{ index: 0, delta: {}, finish_reason: reason }], usage },
    ];
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    response.end("data: [DONE]\n\n");
  },
};

/** Google's Generative Language API. */
export const GENERATE: Dialect = {
  filler: { tool: "run_shell_command", input: { command: "sleep 0.2" } },
  isCall: (path) => /:(streamG|g)enerateContent/.test(path),
  offered: (body) =>
    list(body["tools"]).flatMap((tool) =>
      list(tool["functionDeclarations"]).map((declared) => String(declared["name"])),
    ),
  results: (body) =>
    list(body["contents"]).flatMap((content) =>
      list(content["parts"])
        .filter((part) => part["functionResponse"] !== undefined)
        .map((part) => JSON.stringify(part["functionResponse"])),
    ),
  other: (path) => (path.includes("countTokens") ? { totalTokens: 1 } : {}),
  answer: ([turn], _at, _body, response) => {
    const part =
      turn === undefined
        ? { text: "done" }
        : { functionCall: { name: turn.tool, args: turn.input } };
    const candidate = { index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" };
    const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
    const whole = { candidates: [candidate], usageMetadata };
    if (!response.req.url?.includes("stream")) return json(response, whole);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${JSON.stringify(whole)}\n\n`);
  },
};

function list(value: unknown): readonly Body[] {
  return Array.isArray(value)
    ? value.filter((item): item is Body => typeof item === "object" && item !== null)
    : [];
}

function events(response: ServerResponse, all: readonly (readonly [string, object])[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [type, data] of all)
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.end();
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
