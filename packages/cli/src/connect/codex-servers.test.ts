import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Connecting, connecting } from "../../testdata/connecting.ts";
import type { Edit } from "./client.ts";
import { codex } from "./codex.ts";
import { readToml } from "./toml.ts";

const CONFIG = `# mine
model = "gpt"

[mcp_servers.notes] # kept
command = "node"
# what it reads
args = ["n.js"]
startup_timeout_sec = 20

[mcp_servers.notes.env]
TOKEN = 'se"cret-1'
[mcp_servers.notes.tools.search]
approval = "prompt"

[mcp_servers.web]
url = "https://mcp.example/v1"
http_headers = { Authorization = "Bearer \\u0041bcdef" }

[projects."/p"]
trust_level = "trusted"
`;

const ENVIRONMENT = new Map([
  ["TOKEN", "secret-token"],
  ["REGION", "eu"],
  ["EMPTY", ""],
]);

function connected(text: string): Edit & Pick<Connecting, "upstreams"> {
  const file = codex.files("/home/ada", "/p").find(({ path }) => path.endsWith("config.toml"));
  const { context, upstreams } = connecting(file);
  const edit = codex.connect(text, {
    ...context,
    environment: (name) => ENVIRONMENT.get(name) ?? null,
  });
  return edit.ok ? { ...edit.value, upstreams } : expect.fail(edit.error.message);
}

describe("the servers of Codex's config.toml", () => {
  it("go through Bylaw, and everything else stays as it is", () => {
    const { text, upstreams, notes } = connected(CONFIG);
    expect(upstreams.get("notes")).toEqual({
      command: ["node", "n.js"],
      env: { TOKEN: 'se"cret-1' },
      cwd: "/home/ada",
    });
    expect(upstreams.get("web")).toEqual({
      url: "https://mcp.example/v1",
      headers: { Authorization: "Bearer Abcdef" },
    });
    expect(text).toBe(`# mine
model = "gpt"

[mcp_servers.notes] # kept
command = "/usr/bin/node"
args = ["/opt/bylaw/bin/bylaw.js", "mcp", "--upstream", "notes", "--token-file", "/data/connect/x.token"]
# what it reads
startup_timeout_sec = 20

[mcp_servers.notes.tools.search]
approval = "prompt"

[mcp_servers.web]
command = "/usr/bin/node"
args = ["/opt/bylaw/bin/bylaw.js", "mcp", "--upstream", "web", "--token-file", "/data/connect/x.token"]

[projects."/p"]
trust_level = "trusted"
`);
    expect(notes).toEqual([
      "notes: becomes upstream `notes` of bylaw.yaml",
      "web: becomes upstream `web` of bylaw.yaml",
    ]);
  });

  it("has every secret named, as it is and as it is written", () => {
    const { secrets } = connected(CONFIG);
    expect(secrets).toEqual(expect.arrayContaining(['se"cret-1', "'se\"cret-1'", "Bearer Abcdef"]));
    expect(secrets.some((secret) => secret.includes("\\u0041bcdef"))).toBe(true);
  });

  it("change nothing the second time", () => {
    const { text } = connected(CONFIG);
    const again = connected(text);
    expect(again.text).toBe(text);
    expect(again.upstreams.size).toBe(0);
  });

  it("come back in a file that was changed since, with the change", () => {
    const { text } = connected(CONFIG);
    const changed = text.replace('"gpt"', '"other"').replace("trusted", "untrusted");
    expect(codex.disconnect(changed, CONFIG, text)).toBe(
      CONFIG.replace('"gpt"', '"other"').replace("trusted", "untrusted"),
    );
  });

  it("stay as somebody has changed them since", () => {
    const { text } = connected(CONFIG);
    const changed = text.replace("startup_timeout_sec = 20", "startup_timeout_sec = 30");
    const back = codex.disconnect(changed, CONFIG, text) ?? "";
    expect(back).toContain("startup_timeout_sec = 30");
    expect(back).toContain('"--upstream", "notes"');
    expect(back).toContain("https://mcp.example/v1");
  });

  it.each<[string, string, string]>([
    ["inline", 'mcp_servers = { a = { command = "x" } }\n', "a"],
    ["in one line of the table", '[mcp_servers]\na = { command = "x" }\n', "a"],
    ["with dots", 'mcp_servers.a.command = "x"\n', "a"],
    ["as a list", '[[mcp_servers.a]]\ncommand = "x"\n', "a"],
    ["without a table of its own", '[mcp_servers.a.env]\nX = "y"\n', "a"],
    ["in two places", '[mcp_servers.a]\ncommand = "x"\n[b]\n[mcp_servers.a.env]\nX = "y"\n', "a"],
  ])("that are written %s are named and left alone", (_what, text, name) => {
    const edit = connected(text);
    expect(edit.text).toBe(text);
    expect(edit.notes).toEqual([
      `${name}: is not written as one table; left alone: move it by hand`,
    ]);
    expect(edit.upstreams.size).toBe(0);
  });

  it("take what Codex hands on from its environment as it is now, and say so", () => {
    const text = `[mcp_servers.a]
command = "x"
env_vars = ["TOKEN", { name = "REGION", source = "local" }]
env = { REGION = "us" }
[mcp_servers.b]
url = "https://mcp.example/"
bearer_token_env_var = "TOKEN"
http_headers = { Accept-Language = "de" }
[mcp_servers.b.env_http_headers]
X-Region = "REGION"
`;
    const edit = connected(text);
    expect(edit.upstreams.get("a")).toMatchObject({
      command: ["x"],
      env: { TOKEN: "secret-token", REGION: "us" },
    });
    expect(edit.upstreams.get("b")).toEqual({
      url: "https://mcp.example/",
      headers: {
        "Accept-Language": "de",
        "X-Region": "eu",
        Authorization: "Bearer secret-token",
      },
    });
    expect(edit.text).not.toMatch(/env_vars|TOKEN|REGION|http_headers/);
    expect(edit.notes).toEqual([
      "a: becomes upstream `a` of bylaw.yaml, with the values that TOKEN, REGION have now",
      "b: becomes upstream `b` of bylaw.yaml, with the values that REGION, TOKEN have now",
    ]);
    expect(edit.secrets).toEqual(expect.arrayContaining(["secret-token", "Bearer secret-token"]));
    expect(connected(edit.text).text).toBe(edit.text);
    expect(codex.disconnect(edit.text, text, edit.text)).toBe(text);
  });

  it.each<[string, string]>([
    ["env_vars = ['NONE', 'TOKEN']", "takes `NONE` of Codex's environment, not set here"],
    ["env_vars = ['EMPTY']", "takes `EMPTY` of Codex's environment, not set here"],
    ["env_vars = [{ name = 'TOKEN', source = 'remote' }]", "only Codex knows where they are"],
    ["env_vars = [1]", "only Codex knows where they are"],
    ["env_vars = 'TOKEN'", "not a list"],
    ["bearer_token_env_var = 'NONE'", "takes `NONE` of Codex's environment, not set here"],
    ["bearer_token_env_var = 1", "not a text"],
    ["env_http_headers = { A = 1 }", "not texts"],
    ["env_http_headers = { A = 'NONE' }", "takes `NONE` of Codex's environment, not set here"],
    [
      "bearer_token_env_var = 'TOKEN'\nhttp_headers = { authorization = 'x' }",
      "gives the header `Authorization` in two ways",
    ],
  ])("whose variables nobody knows here are left alone, with the reason: %s", (line, reason) => {
    const text = `[mcp_servers.a]\nurl = "https://mcp.example/"\n${line}\n`;
    const edit = connected(text);
    expect(edit.text).toBe(text);
    expect(edit.upstreams.size).toBe(0);
    expect(edit.notes[0]).toContain(reason);
    expect(edit.notes[0]).toContain("left alone");
  });

  it("stay in a file that ends with a header, or has other line ends", () => {
    expect(connected('[mcp_servers.a]\nurl = "https://mcp.example/"').text).toMatch(
      /^\[mcp_servers\.a\]\ncommand = .*\nargs = .*\n$/,
    );
    const windows = connected('[mcp_servers.a]\r\ncommand = "x"\r\n[b]\r\n');
    expect(windows.text).toContain("[b]\r\n");
    expect(readToml(windows.text).ok).toBe(true);
  });

  it("come and go without a trace, in any file", () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const server = fc.record({
      name: word,
      env: fc.dictionary(
        word,
        // Not what stands for a value that only the client knows: such a server is left alone.
        fc
          .string({ maxLength: 8 })
          .map((one) => one.toWellFormed())
          .filter((one) => !one.includes("${")),
      ),
      more: fc.boolean(),
    });
    const file = fc.uniqueArray(server, { selector: ({ name }) => name, maxLength: 4 });
    fc.assert(
      fc.property(file, fc.boolean(), (servers, last) => {
        const text = servers
          .map(({ name, env, more }) => {
            const pairs = Object.entries(env).map(
              ([key, value]) => `${key} = ${JSON.stringify(value).replaceAll("\u007f", "\\u007f")}`,
            );
            const lines = [`[mcp_servers.${name}]`, 'command = "x"', ...(more ? ["m = 1"] : [])];
            return [...lines, `[mcp_servers.${name}.env]`, ...pairs, "", ""].join("\n");
          })
          .join("# between\n");
        const whole = last ? text : `a = 1\n${text}[z]\n`;
        const there = connected(whole);
        expect(there.upstreams.size).toBe(servers.length);
        expect(readToml(there.text).ok).toBe(true);
        expect(codex.disconnect(there.text, whole, there.text)).toBe(whole);
      }),
      { numRuns: 300 },
    );
  });
});
