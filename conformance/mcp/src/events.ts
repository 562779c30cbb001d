import { randomUUID } from "node:crypto";
import type { EventStore } from "@modelcontextprotocol/server";

/** What a client that comes back to a stream has missed, in memory. */
export function createEvents(): EventStore {
  const events: { readonly id: string; readonly stream: string; readonly message: object }[] = [];
  return {
    async storeEvent(stream, message) {
      const id = randomUUID();
      events.push({ id, stream, message });
      return id;
    },
    async getStreamIdForEventId(id) {
      return events.find((event) => event.id === id)?.stream;
    },
    async replayEventsAfter(last, { send }) {
      const from = events.findIndex(({ id }) => id === last);
      const stream = events[from]?.stream ?? "";
      for (const event of events.slice(from + 1))
        if (event.stream === stream && Object.keys(event.message).length > 0)
          await send(event.id, event.message as Parameters<typeof send>[1]);
      return stream;
    },
  };
}
