/** Milliseconds that an address gets to answer. */
const ANSWER_MS = 5_000;

/** The first message of an MCP client, which changes nothing. */
export function hello(): string {
  return JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "bylaw-doctor", version: "1" },
    },
  });
}

/** The status of an answer; null where nobody answers. Redirects are answers. */
export async function said(
  url: string,
  method: "GET" | "POST",
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | null> {
  try {
    const answer = await fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        ...headers,
      },
      ...(method === "POST" ? { body } : {}),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
