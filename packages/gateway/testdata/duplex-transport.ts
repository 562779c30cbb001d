import type { Duplex } from "node:stream";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/sdk/shared/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** The official client's stdio framing over any byte stream. */
export class DuplexTransport implements Transport {
  onclose: () => void = () => undefined;
  onerror: (error: Error) => void = () => undefined;
  onmessage: (message: JSONRPCMessage) => void = () => undefined;
  readonly #stream: Duplex;
  readonly #buffer = new ReadBuffer();

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  async start(): Promise<void> {
    this.#stream.on("data", (chunk: Buffer) => {
      this.#buffer.append(chunk);
      for (;;) {
        const message = this.#buffer.readMessage();
        if (message === null) break;
        // One per turn: the client handles an answer at once and the progress before it a turn later.
        setImmediate(() => this.onmessage(message));
      }
    });
    this.#stream.on("close", () => this.onclose());
    this.#stream.on("error", (error) => this.onerror(error));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#stream.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}
