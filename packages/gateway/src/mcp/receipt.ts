import { isObject, type JsonObject, member, RECEIPT_KEY, type RecordReceipt } from "@bylaw/core";
import { withMember } from "./splice.ts";

/**
 * The response with a receipt in its result's `_meta`; everything else keeps its bytes. A result whose
 * `_meta` is no object stays as it is: there is no place for it. A receipt that the upstream has written
 * itself is replaced: it would be taken for this gateway's.
 *
 * In: a response that the strict reader has accepted, and its result as read.
 */
export function withReceipt(
  bytes: Uint8Array,
  result: JsonObject,
  receipt: RecordReceipt,
): Uint8Array {
  // An empty result says "done"; there are clients that take anything in it for something else.
  if (Object.keys(result).length === 0) return bytes;
  const meta = member(result, "_meta");
  if (meta !== undefined && !isObject(meta)) return bytes;
  const text = JSON.stringify(receipt);
  if (meta !== undefined) return withMember(bytes, ["result", "_meta"], RECEIPT_KEY, text);
  return withMember(bytes, ["result"], "_meta", `{${JSON.stringify(RECEIPT_KEY)}:${text}}`);
}
