import { fail, isObject, type JsonObject, type Result } from "@bylaw/core";
import type { ConnectError, Edit } from "./client.ts";
import { addHooks } from "./hooks.ts";
import { plain, readJsonc } from "./jsonc.ts";

/** The only version that the formats of hook files have so far. */
const VERSION = 1;

/**
 * As `addHooks`, for a file that says its version. One of another version is refused: what Bylaw would add
 * may mean something else in it.
 */
export function addVersionedHooks(
  text: string | null,
  path: string,
  entries: Readonly<Record<string, JsonObject>>,
): Result<Edit, ConnectError> {
  const read = readJsonc(text ?? "");
  const file = read.ok ? plain(read.value) : null;
  if (isObject(file) && "version" in file && file["version"] !== VERSION) {
    const version = JSON.stringify(file["version"]);
    const message = `${path} is of version ${version}, not ${VERSION}; nothing was changed`;
    return fail({ code: "connect.version", message });
  }
  return addHooks(text, path, entries, { version: VERSION });
}
