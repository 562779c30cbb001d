import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One tool call that the model asks for. */
export interface Turn {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A model on loopback that speaks chat completions: it asks for the turns one by one, then says `done`. */
export interface ChatModel {
  /** Base address, as frameworks take it. */
  readonly address: string;
  /** What it was shown of each call, in order. */
  readonly results: readonly string[];
  close(): void;
}

interface Body {
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

export async function startChatModel(turns: readonly Turn[]): Promise<ChatModel> {
  let results: readonly string[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      results = body.messages
        .filter(({ role }) => role === "tool")
        .map(({ content }) => (typeof content === "string" ? content : JSON.stringify(content)));
      const message = messageOf(turns[results.length] ?? null, results.length);
      const id = `chatcmpl_${results.length}`;
      if (body.stream !== true) {
        response.setHeader("content-type", "application/json");
        return response.end(JSON.stringify(completion(id, "chat.completion", "message", message)));
      }
      response.setHeader("content-type", "text/event-stream");
      const chunk = completion(id, "chat.completion.chunk", "delta", message);
      return response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get results() {
      return results;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function messageOf(turn: Turn | null, at: number): object {
  if (turn === null) return { role: "assistant", content: "done" };
  const called = { name: turn.tool, arguments: JSON.stringify(turn.input) };
  const call = { index: 0, id: `call_${at}`, type: "function", function: called };
  return { role: "assistant", content: null, tool_calls: [call] };
}

function completion(
  id: string,
  object: string,
  name: "message" | "delta",
  message: object,
): object {
  const reason = "tool_calls" in message ? "tool_calls" : "stop";
  return {
    id,
    object,
    created: 0,
    model: "any",
    choices: [{ index: 0, finish_reason: reason, [name]: message }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

async function readBody(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return JSON.parse(text) as Body;
}
