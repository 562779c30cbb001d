import { isArray, isObject, type Json, type JsonObject, member } from "@bylaw/core";
import type { ResponseMessage } from "./jsonrpc.ts";

/**
 * The texts of an answer that an agent comes to read: those of content blocks, contents of resources and
 * messages of prompts one by one, so that each keeps its structure; everything else as the JSON that it is.
 */
export function seenTexts({ body }: ResponseMessage): readonly string[] {
  if (body.kind === "error") return [JSON.stringify(body.error)];
  const blocks = ["content", "contents", "messages"].flatMap((name) => listOf(body.result, name));
  const texts = blocks.flatMap(textsOfBlock);
  const structured = member(body.result, "structuredContent");
  if (blocks.length === 0) return [JSON.stringify(body.result)];
  if (structured === undefined) return texts;
  const json = JSON.stringify(structured);
  // Servers repeat structured content as text for clients that do not know it.
  return texts.includes(json) ? texts : [...texts, json];
}

function listOf(result: JsonObject, name: string): readonly Json[] {
  const list = member(result, name);
  return isArray(list) ? list : [];
}

function textsOfBlock(block: Json): readonly string[] {
  if (!isObject(block)) return [JSON.stringify(block)];
  const inner = [member(block, "resource"), member(block, "content")].filter(
    (part): part is JsonObject => isObject(part ?? null),
  );
  if (inner.length > 0) return inner.flatMap(textsOfBlock);
  const text = member(block, "text");
  if (typeof text === "string") return [text];
  const { data: _data, blob: _blob, ...rest } = block;
  return [JSON.stringify(rest)];
}
