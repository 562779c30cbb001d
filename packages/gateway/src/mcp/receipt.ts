import { isObject, type JsonObject, member, RECEIPT_KEY, type RecordReceipt } from "@bylaw/core";
import { withMember } from "./splice.ts";

/** Where a reply says with which arguments a person had the call run. */
const EDITED_KEY = "dev.bylaw/edited";

/**
 * The response with a receipt in its result's `_meta`; everything else keeps its bytes. A result whose
 * `_meta` is no object stays as it is: there is no place for it. A receipt that the upstream has written
 * itself is replaced: it would be taken for this gateway's.
 *
 * In: a response that the strict reader has accepted, its result as read, and the arguments that a person
 * put in the place of the caller's, which are said beside it.
 */
export function withReceipt(
  bytes: Uint8Array,
  result: JsonObject,
  receipt: RecordReceipt,
  edited: JsonObject | null = null,
): Uint8Array {
  // An empty result says "done"; there are clients that take anything in it for something else.
  if (Object.keys(result).length === 0) return bytes;
  const meta = member(result, "_meta");
  if (meta !== undefined && !isObject(meta)) return bytes;
  const own: (readonly [key: string, value: string])[] = [[RECEIPT_KEY, JSON.stringify(receipt)]];
  // What the upstream says of edits is replaced too; where there is nothing to say it is not added.
  if (edited !== null || (meta !== undefined && EDITED_KEY in meta))
    own.push([EDITED_KEY, JSON.stringify(edited)]);
  if (meta === undefined) {
    const members = own.map(([key, value]) => `"${key}":${value}`);
    return withMember(bytes, ["result"], "_meta", `{${members.join(",")}}`);
  }
  return own.reduce(
    (text, [key, value]) => withMember(text, ["result", "_meta"], key, value),
    bytes,
  );
}
