import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StdioUpstreamConfig } from "../config/config.ts";
import { createIdentify, packageSpec } from "./server-identity.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-identity-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function stdio(...command: [string, ...string[]]): StdioUpstreamConfig {
  const place = { environment: "unknown", labels: [], reviewed: false, breaker: null } as const;
  return { kind: "stdio", command, env: {}, cwd: join(folder, "work"), ...place };
}

const identify = (upstream: Parameters<ReturnType<typeof createIdentify>>[0]) =>
  createIdentify({
    path: join(folder, "bin"),
    npmCache: join(folder, "npm"),
    certificate: async () => null,
  })(upstream);

const sha256 = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

describe("the package that a runner runs", () => {
  it.each([
    ["npx", ["-y", "@scope/server@1.2.3", "."], "@scope/server@1.2.3"],
    ["npx", ["--package", "server", "start"], "server"],
    ["npx", ["--package=server@2", "start"], "server@2"],
    ["uvx", ["--python", "3.12", "server==1.0", "--flag"], "server==1.0"],
    ["pipx", ["run", "server"], "server"],
    ["npx", [], null],
    ["node", ["server.js"], null],
  ])("%s %j", (runner, args, spec) => {
    expect(packageSpec(runner, args)).toBe(spec);
  });

  const lock = (name: string, version: string): string =>
    JSON.stringify({
      packages: { [`node_modules/${name}`]: { version, integrity: `sha512-${version}` } },
    });
  const kept = (spec: string): string =>
    `npm/_npx/${createHash("sha512").update(spec).digest("hex").slice(0, 16)}/node_modules/.package-lock.json`;

  it("is not known before npx has installed it, and has version and integrity afterwards", async () => {
    const upstream = stdio("npx", "-y", "@scope/server");
    const before = await identify(upstream);
    expect(before).toMatchObject({ whole: false, content: { package: { version: null } } });
    write(kept("@scope/server"), lock("@scope/server", "1.0.0"));
    expect(await identify(upstream)).toEqual({
      whole: true,
      reached: true,
      content: {
        command: ["npx", "-y", "@scope/server"],
        package: { spec: "@scope/server", version: "1.0.0", integrity: "sha512-1.0.0" },
      },
    });
    write(kept("@scope/server"), lock("@scope/server", "1.0.1"));
    expect((await identify(upstream)).content).toMatchObject({ package: { version: "1.0.1" } });
  });

  it("is the project's own where it has one", async () => {
    write("node_modules/.package-lock.json", lock("server", "3.0.0"));
    write(kept("server"), lock("server", "4.0.0"));
    const { content } = await identify(stdio("npx", "server"));
    expect(content).toMatchObject({ package: { version: "3.0.0" } });
  });

  it("is not known from what is no list of npm's", async () => {
    write(kept("server"), "{");
    expect(await identify(stdio("npx", "server"))).toMatchObject({ whole: false });
  });
});

describe("a program", () => {
  it("is its content, wherever a link to it stands", async () => {
    write("bin/server", "#!/bin/sh\n");
    chmodSync(join(folder, "bin/server"), 0o755);
    const { content } = await identify(stdio("server", "--flag"));
    expect(content).toEqual({
      command: ["server", "--flag"],
      program: { path: join(folder, "bin/server"), digest: sha256("#!/bin/sh\n") },
    });
  });

  it("that interprets is the script, and a changed one is another", async () => {
    write("work/server.py", "one");
    const upstream = stdio("python3", "-u", "server.py");
    expect((await identify(upstream)).content).toMatchObject({
      program: { digest: sha256("one") },
    });
    write("work/server.py", "another");
    expect((await identify(upstream)).content).toMatchObject({
      program: { digest: sha256("another") },
    });
  });

  it("that is not there is its command", async () => {
    expect((await identify(stdio("absent"))).content).toEqual({ command: ["absent"] });
  });

  it("has no secret of its environment in it", async () => {
    const upstream = { ...stdio("absent"), env: { TOKEN: "s3cret" } };
    expect(JSON.stringify(await identify(upstream))).not.toContain("s3cret");
  });
});

it("an address is the address, without headers", async () => {
  const headers = { authorization: "Bearer s3cret" };
  const { environment, labels, reviewed } = stdio("x");
  const upstream = {
    kind: "http",
    certificate: "off",
    url: "https://a.example/mcp",
    headers,
    transport: "auto",
    secretHeaders: {},
    auth: null,
    environment,
    labels,
    reviewed,
    breaker: null,
  } as const;
  expect(await identify(upstream)).toEqual({
    whole: true,
    reached: true,
    content: { url: "https://a.example/mcp" },
  });
});
