import { isAbsolute } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Connecting, connecting } from "../../testdata/connecting.ts";
import type { Client } from "./client.ts";
import { CLIENTS } from "./clients.ts";
import { copilotCli } from "./copilot-cli.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";
import { plain, readJsonc, withMembers } from "./jsonc.ts";
import { mcpJson } from "./mcp-json.ts";
import { replaced } from "./replacement.ts";
import { vscode } from "./vscode.ts";

function ask(scope: "user" | "project" = "project"): Connecting {
  return connecting({ path: "/p/.vscode/mcp.json", scope, create: false });
}

function connected(client: Client, text: string, asked: Connecting = ask()): string {
  const edit = client.connect(text, asked.context);
  if (!edit.ok) throw new Error(edit.error.message);
  return edit.value.text;
}

const BRIDGE = [
  "/opt/bylaw/bin/bylaw.js",
  "mcp",
  "--upstream",
  "tickets",
  "--token-file",
  "/data/connect/x.token",
];

const WRITTEN = `// what our team uses
{
  "inputs": [],
  "servers": {
    /* the tracker */
    "tickets": {
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "tickets-mcp@1.2.3"],
      "env": { "TICKETS_TOKEN": "s3cret-token-value" }, // from the vault
      "dev": { "watch": "src" },
    },
  },
}
`;

describe("connecting", () => {
  it("makes each entry a bridge, keeps the rest of the file, and moves what the entry said", () => {
    const asked = ask();
    const text = connected(vscode, WRITTEN, asked);
    expect(text).not.toContain("s3cret");
    expect(text).not.toContain("tickets-mcp");
    for (const kept of ["// what our team uses", "/* the tracker */", '"inputs": []'])
      expect(text).toContain(kept);
    const read = readJsonc(text);
    expect(read.ok && plain(read.value)).toEqual({
      inputs: [],
      servers: {
        tickets: {
          type: "stdio",
          command: "/usr/bin/node",
          args: BRIDGE,
          dev: { watch: "src" },
        },
      },
    });
    expect(asked.upstreams.get("tickets")).toEqual({
      command: ["npx", "-y", "tickets-mcp@1.2.3"],
      env: { TICKETS_TOKEN: "s3cret-token-value" },
      cwd: "/p",
    });
  });

  it("takes an address with its headers along", () => {
    const asked = ask();
    const text = `{"mcpServers":{"tickets":{"url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer t0k3n-value"}}}}`;
    expect(connected(cursor, text, asked)).toBe(
      `{"mcpServers":{"tickets":{"command": "/usr/bin/node","args": ${JSON.stringify(BRIDGE).replaceAll(",", ", ")}}}}`,
    );
    expect(asked.upstreams.get("tickets")).toEqual({
      url: "https://mcp.example.com/mcp",
      headers: { Authorization: "Bearer t0k3n-value" },
    });
  });

  it("names every secret, so that no terminal shows it", () => {
    const edit = vscode.connect(WRITTEN, ask().context);
    expect(edit.ok && edit.value.secrets).toEqual(["s3cret-token-value"]);
  });

  it("changes nothing the second time", () => {
    const once = connected(vscode, WRITTEN);
    const asked = ask();
    expect(connected(vscode, once, asked)).toBe(once);
    expect(asked.upstreams.size).toBe(0);
  });

  it.each([
    [{ command: "npx", env: { T: "${input:token}" } }, "${input:token}"],
    [{ command: "npx", envFile: "${workspaceFolder}/.env" }, "envFile"],
    [{ url: "ftp://x/y" }, "not http"],
    [{ url: "https://x/sse", type: "sse" }, "HTTP+SSE"],
    [{ command: "npx", args: [1] }, "arguments"],
    [{ command: "npx", env: { T: 1 } }, "variables"],
    [{ command: "npx", url: "https://x/y" }, "neither"],
    [{}, "neither"],
    [[], "not an object"],
  ])("leaves %j alone and says why", (entry, why) => {
    const text = JSON.stringify({ mcpServers: { x: entry } }, null, 2);
    const edit = mcpJson.connect(text, ask("user").context);
    expect(edit.ok && edit.value.text).toBe(text);
    expect(edit.ok && edit.value.notes.join()).toContain(why);
  });

  it.each([copilotCli, gemini])(
    "leaves a variable of $id to it, however it is written",
    (client) => {
      for (const KEY of ["$NOTES_KEY", "x${NOTES_KEY:-y}"]) {
        const text = JSON.stringify({ mcpServers: { x: { command: "npx", env: { KEY } } } });
        const [file] = client.files("/home/ada", "/p").filter(({ create }) => !create);
        const path = file?.path ?? "/home/ada/.gemini/settings.json";
        const edit = client.connect(
          text,
          connecting({ path, scope: "user", create: false }).context,
        );
        expect(edit.ok && edit.value.text).toContain(JSON.stringify({ KEY }));
        expect(edit.ok && edit.value.notes.join()).toContain("only the client can fill in");
      }
    },
  );

  it("fills in the folder that only this machine knows", () => {
    const asked = ask();
    const entry = { command: "${workspaceFolder}/run", args: ["${userHome}"] };
    connected(vscode, JSON.stringify({ servers: { x: entry } }), asked);
    expect(asked.upstreams.get("x")).toMatchObject({ command: ["/p/run", "/home/ada"] });
  });

  it.each([
    ["{", "connect.syntax"],
    ['{ "servers": { "a": {}, "a": {} } }', "connect.syntax"],
    ["{} trailing", "connect.syntax"],
    ["{}", "connect.no_servers"],
    ['{ "servers": [] }', "connect.no_servers"],
    [null, "connect.missing"],
  ])("refuses %j as %s", (text, code) => {
    const edit = vscode.connect(text, ask().context);
    expect(edit.ok ? null : edit.error.code).toBe(code);
  });

  it("says where a broken file is broken", () => {
    const edit = vscode.connect('{\n  "servers": }\n', ask().context);
    expect(edit.ok ? "" : edit.error.message).toContain(
      "/p/.vscode/mcp.json:2:14: expected a value",
    );
  });
});

describe("disconnecting a file that was changed since", () => {
  it("puts back Bylaw's own entries and keeps what else was changed", () => {
    const after = connected(vscode, WRITTEN);
    const changed = after.replace('"inputs": []', '"inputs": [{ "id": "new" }]');
    const restored = vscode.disconnect(changed, WRITTEN, after);
    expect(restored).toBe(WRITTEN.replace('"inputs": []', '"inputs": [{ "id": "new" }]'));
  });

  it("leaves an entry that somebody has rewritten", () => {
    const after = connected(vscode, WRITTEN);
    const changed = after.replace('"--upstream", "tickets"', '"--upstream", "other"');
    expect(vscode.disconnect(changed, WRITTEN, after)).toBe(changed);
  });

  it("gives up on what cannot be read", () => {
    expect(vscode.disconnect("{", WRITTEN, connected(vscode, WRITTEN))).toBeNull();
  });
});

it("every client has an id of its own, and absolute places", () => {
  expect(new Set(CLIENTS.map(({ id }) => id)).size).toBe(CLIENTS.length);
  const places = CLIENTS.flatMap((client) => client.files("/home/ada", "/p")).filter(
    ({ scope }) => scope !== "managed",
  );
  expect(places.length).toBeGreaterThan(4);
  for (const { path, scope } of places)
    if (scope === "user" || scope === "project") expect(path).toMatch(/^\/(home\/ada|p)\//);
    else expect(isAbsolute(path)).toBe(true);
});

const key = fc.string({ maxLength: 6 }).filter((text) => text !== "__proto__");
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe("JSON with comments", () => {
  it("reads what JSON reads", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2, "\t"), (value, indent) => {
        const read = readJsonc(JSON.stringify(value, null, indent));
        expect(read.ok && JSON.parse(JSON.stringify(plain(read.value)))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  it("never throws and never reads what JSON without comments refuses and has none", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ \n1ea-tru') }), (text) => {
        const strict = ((): boolean => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        const read = readJsonc(text);
        const trailing = /,\s*[}\]]/.test(text);
        if (!trailing && !strict) expect(read.ok).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("sets and removes members and touches no other", () => {
    const members = fc.dictionary(key, json, { maxKeys: 5, noNullPrototype: true });
    fc.assert(
      fc.property(members, members, fc.array(key, { maxLength: 3 }), (object, set, remove) => {
        const text = JSON.stringify(object, null, 2);
        const read = readJsonc(text);
        if (!read.ok || read.value.kind !== "object") throw new Error("unreadable");
        const put = JSON.parse(JSON.stringify(set)) as Record<string, never>;
        const out = withMembers(text, read.value, put, remove);
        const kept = Object.entries(object).filter(([name]) => !remove.includes(name));
        expect(JSON.parse(out)).toEqual(
          JSON.parse(JSON.stringify({ ...Object.fromEntries(kept), ...put })),
        );
      }),
    );
  });

  it("replaces from the end, so that places stay right", () => {
    const changes = [
      { start: 0, end: 1, text: "xx" },
      { start: 2, end: 3, text: "" },
    ];
    expect(replaced("abc", changes)).toBe("xxb");
  });
});
