import { describe, expect, it } from "vitest";
import { type ApiDocument, isApiDocument, operationsAt, readApiDocument } from "./openapi.ts";

const DOCUMENT = `
openapi: 3.1.0
servers: [{ url: "https://api.example.com/v1" }, { url: "https://{region}.example.com" }]
paths:
  /records: { get: {}, delete: {}, parameters: [] }
  /records/{id}: { get: {}, delete: {} }
  /records/count: { get: {} }
  /files/{name}.{type}: { get: {} }
  x-note: {}
`;

function read(text: string): ApiDocument {
  const found = readApiDocument(text);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

const at = (address: string, method = "GET", document = DOCUMENT): readonly string[] | null =>
  operationsAt(read(document), new URL(address), method);

describe("an OpenAPI document", () => {
  it.each([
    ["https://api.example.com/v1/records", "GET", "/v1/records"],
    ["https://api.example.com/v1/records/", "GET", "/v1/records"],
    ["https://API.example.com./v1/records?x=1#y", "DELETE", "/v1/records"],
    ["https://api.example.com/v1/records/7", "DELETE", "/v1/records/{id}"],
    ["https://api.example.com/v1/records/count", "GET", "/v1/records/count"],
    ["https://api.example.com/v1/x/../records/7", "GET", "/v1/records/{id}"],
    ["https://api.example.com/v1/files/a.b.pdf", "GET", "/v1/files/{name}.{type}"],
    ["https://other.example.net/records/7", "GET", "/records/{id}"],
  ])("describes %s by %s", (address, method, template) =>
    expect(at(address, method)).toEqual([template]),
  );

  it.each([
    ["https://api.example.com/v1/users", "GET"],
    ["https://api.example.com/v1/records", "POST"],
    ["https://api.example.com/v10/records", "GET"],
    ["https://api.example.com/v1/records/7/more", "GET"],
    ["https://api.example.com/v1/records%2f7", "GET"],
    ["https://api.example.com/v1/records/a%252e", "GET"],
    ["https://api.example.com/v1/records;admin/7", "GET"],
    ["https://api.example.com/v1//records", "GET"],
    ["https://api.example.com/v1/records/7?_method=delete", "GET"],
  ])("does not describe %s by %s", (address, method) => expect(at(address, method)).toBeNull());

  it("of version 2 says host and base path", () => {
    const old =
      '{"swagger":"2.0","host":"api.example.com:8443","basePath":"/v2/","paths":{"/a":{"get":{}}}}';
    expect(at("https://api.example.com/v2/a", "GET", old)).toEqual(["/v2/a"]);
    expect(at("https://else.example.com/v2/a", "GET", old)).toBeNull();
  });

  it("has every template that fits equally well", () => {
    const two = "openapi: 3.0.0\npaths: { '/a/{x}': { get: {} }, '/{y}/b': { get: {} } }";
    expect(at("https://h.example/a/b", "GET", two)).toEqual(["/a/{x}", "/{y}/b"]);
  });

  it("is known by its key", () => {
    expect(isApiDocument(DOCUMENT)).toBe(true);
    expect(isApiDocument('{\n "swagger": "2.0"}')).toBe(true);
    expect(isApiDocument("version: 1\ntools: {}")).toBe(false);
  });

  it.each([
    "",
    "[]",
    "openapi: 3.0.0",
    "openapi: 3.0.0\npaths: {}",
    "openapi: 3.0.0\npaths: { /a: { summary: x } }",
    "openapi: 3.0.0\npaths: { /a: &a { get: {} }, /b: *a }",
    `openapi: 3.0.0\npaths: {${Array.from({ length: 5_001 }, (_, n) => `/${n}: {get: {}}`).join()}}`,
    "a: [",
  ])("that cannot be read fails: %.60j", (text) => expect(readApiDocument(text).ok).toBe(false));
});
