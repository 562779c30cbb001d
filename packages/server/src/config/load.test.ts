import { describe, expect, it } from "vitest";
import { defaultConfig, loadConfig, parseConfig } from "./load.ts";

function errorsOf(text: string) {
  const parsed = parseConfig("/etc/bylaw/bylaw.yaml", text);
  return parsed.ok ? [] : parsed.error.map(({ code, line, column }) => ({ code, line, column }));
}

describe("parseConfig", () => {
  it("fills in defaults and makes paths absolute", () => {
    const parsed = parseConfig(
      "/etc/bylaw/bylaw.yaml",
      [
        "version: 1",
        "workspaces: [ src ]",
        "upstreams:",
        "  records: { command: [node, server.mjs], environment: production }",
        "  remote: { url: 'http://127.0.0.1:9000/mcp', headers: { X-Key: v } }",
        "holds: { limit: 2s }",
      ].join("\n"),
    );
    expect(parsed.ok && parsed.value).toMatchObject({
      listen: { host: "127.0.0.1", port: 7117 },
      workspaces: ["/etc/bylaw/src"],
      upstreams: {
        records: {
          kind: "stdio",
          command: ["node", "server.mjs"],
          cwd: "/etc/bylaw",
          environment: "production",
          reviewed: false,
        },
        remote: { kind: "http", url: "http://127.0.0.1:9000/mcp", environment: "unknown" },
      },
      packs: ["base", "starter"],
      holds: { limitMs: 2000, ttlMs: 900_000 },
    });
  });

  it.each([
    ["a key nobody reads", "version: 1\npolicy: []", "config.unknown_key", 2],
    ["an unknown key deep inside", "version: 1\nholds:\n  limits: 5s", "config.unknown_key", 3],
    [
      "an unknown key of an upstream",
      "version: 1\nupstreams:\n  a:\n    command: [x]\n    enviroment: test",
      "config.unknown_key",
      5,
    ],
    [
      "a value outside a closed list",
      "version: 1\nupstreams:\n  a:\n    command: [x]\n    environment: prod",
      "config.invalid",
      5,
    ],
    ["another version", "version: 2", "config.invalid", 1],
    [
      "a pattern with look-ahead",
      "version: 1\ndetectors:\n  mine:\n    pattern: '(?=a)'",
      "config.detector",
      4,
    ],
    ["a detector's name", "version: 1\ndetectors: { Mine: { pattern: a } }", "config.invalid", 2],
    ["a missing version", "packs: [base]", "config.invalid", 1],
    ["a duration without a unit", "version: 1\nholds:\n  ttl: 15", "config.invalid", 3],
    [
      "a name that could leave its path",
      "version: 1\nupstreams:\n  ../x: { command: [x] }",
      "config.invalid",
      3,
    ],
    ["a key given twice", "version: 1\npacks: [base]\npacks: []", "config.syntax", 3],
    ["broken text", "version: 1\nlisten: [", "config.syntax", 2],
  ])("refuses %s and says where", (_what, text, code, line) => {
    expect(errorsOf(text)).toContainEqual(expect.objectContaining({ code, line }));
  });

  it("refuses aliases that would grow without bound", () => {
    const level = (n: number) =>
      `b${n}: &b${n} [${Array(9)
        .fill(n === 0 ? "x" : `*b${n - 1}`)
        .join(",")}]`;
    const bomb = Array.from({ length: 8 }, (_, n) => level(n));
    const code = errorsOf(["version: 1", ...bomb].join("\n"))[0]?.code;
    expect(code).toBe("config.syntax");
  });
});

describe("loadConfig", () => {
  it("names a file that cannot be read", () => {
    const loaded = loadConfig("/nowhere/bylaw.yaml");
    expect(loaded.ok ? null : loaded.error[0]?.code).toBe("config.unreadable");
  });
});

describe("defaultConfig", () => {
  it("stays on loopback and makes the current user the administrator", () => {
    const config = defaultConfig("/home/x");
    expect(config.listen.host).toBe("127.0.0.1");
    expect(Object.values(config.people)).toEqual([{ groups: ["admins"] }]);
  });
});
