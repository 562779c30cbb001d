import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, up } from "../harness/bylaw.ts";
import { type Agent, connect, DOORS } from "../harness/client.ts";
import { openSite, reference, type Site } from "../harness/site.ts";

/** The server itself may touch the whole site: what stops at the workspace's edge is Bylaw. */
function filesystemSite(): Site {
  const site = openSite(
    {
      version: 1,
      workspaces: ["./workspace"],
      people: { sam: { groups: [] } },
      upstreams: {
        files: {
          command: [process.execPath, reference("server-filesystem"), "."],
          env: { HOME: "." },
          environment: "development",
        },
      },
      holds: { limit: "50ms" },
    },
    { "workspace/notes.txt": "hello\n", "outside/secret.txt": "secret\n" },
  );
  symlinkSync("../outside", join(site.folder, "workspace", "link"));
  mkdirSync(join(site.folder, "workspace", "%2e%2e"));
  return site;
}

/** Ways out of the workspace, relative to the site; every one of them names `outside/new.txt`. */
const WAYS_OUT: readonly (readonly [string, (folder: string) => string])[] = [
  ["an absolute path", (folder) => `${folder}/outside/new.txt`],
  ["`..`", (folder) => `${folder}/workspace/../outside/new.txt`],
  [
    "`..` after a folder that does not exist",
    (folder) => `${folder}/workspace/no/../../outside/new.txt`,
  ],
  ["a symlink", (folder) => `${folder}/workspace/link/new.txt`],
  ["a symlink and `..`", (folder) => `${folder}/workspace/link/../outside/new.txt`],
  ["a relative path", () => "outside/new.txt"],
  ["doubled separators", (folder) => `${folder}//workspace//..//outside//new.txt`],
  ["the home folder", () => "~/outside/new.txt"],
];

/** Text that some readers decode into a way out: refused, whoever would decode it. */
const ENCODED: readonly string[] = [
  "workspace/%2e%2e/%2e%2e/outside/new.txt",
  "workspace/..%2foutside%2fnew.txt",
  "workspace/%252e%252e/outside/new.txt",
  "workspace\\..\\outside\\new.txt",
  "workspace/\u2024\u2024/outside/new.txt",
  "file:///outside/new.txt",
];

describe.each(DOORS)("server-filesystem over %s with the starter pack", (door) => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;
  const inSite = (path: string): string => join(site.folder, path);

  beforeAll(async () => {
    site = filesystemSite();
    gateway = await up(site);
    const token = await addAgent(site, "coder", "coders");
    agent = await connect({ site, gateway, upstream: "files", token }, door);
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  it("shows the server's tools", async () => {
    const { tools } = await agent.client.listTools();
    expect(tools.map((tool) => tool.name)).toContain("read_text_file");
  });

  it("reads a file and a folder of the workspace", async () => {
    const file = await agent.call("read_text_file", { path: inSite("workspace/notes.txt") });
    expect(file).toMatchObject({ failed: false, text: "hello\n" });
    const listing = await agent.call("list_directory", { path: inSite("workspace") });
    expect(listing).toMatchObject({ failed: false });
    expect(listing.text).toContain("notes.txt");
  });

  it("writes in the workspace", async () => {
    const args = { path: inSite("workspace/new.txt"), content: "new" };
    expect(await agent.call("write_file", args)).toMatchObject({ failed: false });
    expect(readFileSync(inSite("workspace/new.txt"), "utf8")).toBe("new");
  });

  it.each(WAYS_OUT)("refuses to write outside through %s", async (_name, wayOut) => {
    const args = { path: wayOut(site.folder), content: "new" };
    expect((await agent.call("write_file", args)).refusal).not.toBeNull();
    expect(existsSync(inSite("outside/new.txt"))).toBe(false);
  });

  it.each(ENCODED)("refuses to write by way of %s", async (path) => {
    for (const written of [path, `${site.folder}/${path}`]) {
      const { refusal } = await agent.call("write_file", { path: written, content: "new" });
      expect(refusal).not.toBeNull();
    }
    expect(existsSync(inSite("outside/new.txt"))).toBe(false);
  });

  it("refuses to move, edit and make things outside", async () => {
    const secret = inSite("outside/secret.txt");
    const out = { source: inSite("workspace/notes.txt"), destination: inSite("outside/new.txt") };
    const edits = [{ oldText: "secret", newText: "public" }];
    const calls = [
      agent.call("move_file", out),
      agent.call("move_file", { source: secret, destination: inSite("workspace/mine.txt") }),
      agent.call("edit_file", { path: secret, edits }),
      agent.call("create_directory", { path: inSite("outside/folder") }),
    ];
    for (const { refusal } of await Promise.all(calls)) expect(refusal).not.toBeNull();
    expect(readFileSync(secret, "utf8")).toBe("secret\n");
    expect(existsSync(inSite("workspace/notes.txt"))).toBe(true);
    expect(existsSync(inSite("outside/new.txt"))).toBe(false);
    expect(existsSync(inSite("outside/folder"))).toBe(false);
  });

  it("refuses a list of paths for one that is outside", async () => {
    const paths = [inSite("workspace/notes.txt"), inSite("outside/secret.txt")];
    const { refusal, text } = await agent.call("read_multiple_files", { paths });
    expect(refusal).not.toBeNull();
    expect(text).not.toContain("secret\n");
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});
