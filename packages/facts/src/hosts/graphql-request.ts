import { isArray, isObject, type Json } from "@bylaw/core";
import { GRAPHQL_OPERATIONS_MAX, GRAPHQL_UNITS_MAX } from "../limits.ts";
import { type GraphqlOperation, readGraphql } from "./graphql.ts";

/**
 * The operations of a request as GraphQL over HTTP has it: a document, `{query, …}`, or a list of
 * those, as JSON or as its text. Null: not understood, such as a stored query that is named by a digest.
 */
export function graphqlRequest(body: Json): readonly GraphqlOperation[] | null {
  const value = typeof body === "string" ? fromText(body) : body;
  if (typeof value === "string") return readGraphql(value);
  const requests = isArray(value) ? value : [value];
  if (requests.length === 0 || requests.length > GRAPHQL_OPERATIONS_MAX) return null;
  const found = requests.map((request) => {
    const document = isObject(request) ? request["query"] : null;
    return typeof document === "string" ? readGraphql(document) : null;
  });
  if (!found.every((operations) => operations !== null)) return null;
  const all = found.flat();
  return all.length > GRAPHQL_OPERATIONS_MAX ? null : all;
}

/** A text that is JSON is read as such, any other one is a document. */
function fromText(text: string): Json {
  if (!/^\s*[[{"]/.test(text) || text.length > 2 * GRAPHQL_UNITS_MAX) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // `{ users { id } }` is a document.
    return text;
  }
}
