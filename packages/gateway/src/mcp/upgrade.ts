import type { Duplex } from "node:stream";
import { codeText } from "./texts.ts";

/** The protocol that `bylaw mcp` asks for: newline-delimited JSON-RPC over the bare connection. */
export const UPGRADE_PROTOCOL = "bylaw-stdio";

export function acceptUpgrade(socket: Duplex): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${UPGRADE_PROTOCOL}\r\n\r\n`,
  );
}

/** Answers on a connection that is no longer node:http's, and closes it. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  code: string,
  challenge: string | null,
): void {
  const body = JSON.stringify({ code, message: codeText(code) });
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(challenge === null ? [] : [`www-authenticate: ${challenge}`]),
  ];
  socket.on("error", () => undefined);
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
