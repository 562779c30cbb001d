import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { parseConfig } from "./load.ts";
import { configSchema } from "./schema.ts";

const page = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((found) => found[1] ?? "");

/** The part of JSON Schema that the configuration's schema comes to. */
interface Node {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
}

/** Every key with its default as the page writes it; null for one without. */
function keysOf(node: Node, path: string): readonly (readonly [string, string | null])[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, value]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const inside = keysOf(value, name);
    const nested = value.properties !== undefined;
    return nested ? inside : [[name, written(value.default)] as const, ...inside];
  });
  const named = node.additionalProperties;
  const branches = (node.anyOf ?? []).flatMap((branch) => keysOf(branch, path));
  const below = typeof named === "object" ? keysOf(named, `${path}.NAME`) : [];
  return [...own, ...branches, ...below];
}

function written(value: unknown): string | null {
  if (value === undefined) return null;
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as Node;
const keys = new Map(keysOf(schema, ""));
const rows = new Map(
  [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \| .+ \|$/gm)].map(
    ([, key = "", , value = ""]) => [key, value] as const,
  ),
);

describe("docs/configuration.md", () => {
  it("names every key and no other", () => {
    expect(new Set(rows.keys())).toEqual(new Set(keys.keys()));
  });

  it.each([...keys].filter(([, value]) => value !== null))("says what %s is by default", (key) => {
    expect(rows.get(key)).toBe(keys.get(key));
  });

  it("says what the durations and sizes are by default", () => {
    const given = ["holds.limit", "holds.ttl", "limits.body"].map((key) =>
      (rows.get(key) ?? "").replaceAll("`", ""),
    );
    const [limit, ttl, body] = given;
    const text = `version: 1\nholds: { limit: ${limit}, ttl: ${ttl} }\nlimits: { body: ${body} }`;
    const [spelled, silent] = [parseConfig("/x/a", text), parseConfig("/x/a", "version: 1")];
    expect(spelled.ok && spelled.value).toEqual(silent.ok && silent.value);
  });

  it.each(examples.map((text, at) => [at + 1, text] as const))("example %i is valid", (_, text) => {
    const parsed = parseConfig("/etc/bylaw/bylaw.yaml", text);
    expect(parsed.ok ? [] : parsed.error).toEqual([]);
  });

  it("has two examples that together have every key", () => {
    const complete = examples.slice(-2).join("\n");
    const unused = [...keys.keys()].filter((key) => {
      const last = key.split(".").at(-1) ?? "";
      return !new RegExp(`(^|[\\s{,])${last}:`, "m").test(complete);
    });
    expect(unused).toEqual([]);
  });

  it("explains every code that a configuration is refused with", () => {
    const codes = readFileSync(new URL("config.ts", import.meta.url), "utf8").match(
      /"config\.[a-z_]+"/g,
    );
    expect(codes?.length).toBeGreaterThan(0);
    for (const code of codes ?? []) expect(page).toContain(`| \`${code.replaceAll('"', "")}\` |`);
  });
});
