import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryOps } from "../memory-ops.ts";
import { line, WORLD } from "../testdata/fixture.ts";
import { classesOfPath } from "./classify.ts";
import { fileEffects } from "./effects.ts";
import { filesNamed, type PathContext } from "./place.ts";

const ops = memoryOps({
  links: {
    "/ws/out": "/etc",
    "/ws/in": "/ws/src",
    "/ws/loop": "/ws/loop",
    "/ws/ssh": "/home/u/.ssh",
  },
});
const context: PathContext = { world: WORLD, cwd: "/ws", ops };
const places = (path: string, cwd: string | null = "/ws"): readonly string[] =>
  filesNamed(path, { ...context, cwd }).map(
    (file) => `${file.inWorkspace ? "in" : "out"} ${file.path}`,
  );

describe("where a path argument leads", () => {
  test.each<[string, readonly string[]]>([
    ["/ws/a.txt", ["in /ws/a.txt"]],
    ["/ws", ["in /ws"]],
    ["/", ["out /"]],
    ["/wsx/a", ["out /wsx/a"]],
    ["a/b", ["in /ws/a/b"]],
    [".", ["in /ws"]],
    ["//ws///a/./b/", ["in /ws/a/b"]],
    ["/ws/../etc/passwd", ["out /etc/passwd"]],
    ["../etc/passwd", ["out /etc/passwd"]],
    ["/ws/a/../../etc", ["out /etc"]],
    ["/../../etc", ["out /etc"]],
    ["/ws/out/passwd", ["out /etc/passwd"]],
    ["/ws/in/a", ["in /ws/src/a"]],
    // The kernel climbs from the link's target, libraries from the link.
    ["/ws/out/../x", ["in /ws/x", "out /x"]],
    ["/ws/loop/x", ["out /ws/loop/x"]],
    ["~/x", ["out /home/u/x", "in /ws/~/x"]],
    ["~root/x", ["out ~root/x"]],
    ["$HOME/x", ["out $HOME/x"]],
    ["C:\\Windows", ["out C:\\Windows", "out C:/Windows"]],
    ["..\\..\\etc", ["in /ws/..\\..\\etc", "out /etc"]],
    ["%2e%2e/etc", ["in /ws/%2e%2e/etc", "out /etc"]],
    ["..%2fetc", ["in /ws/..%2fetc", "out /etc"]],
    ["..%252fetc", ["in /ws/..%252fetc", "in /ws/..%2fetc", "out /etc"]],
    [
      "..%25252fetc/x",
      ["in /ws/..%25252fetc/x", "in /ws/..%252fetc/x", "in /ws/..%2fetc/x", "out /etc/x"],
    ],
    ["..%2525252fetc", ["out ..%2525252fetc"]],
    ["..%c0%afetc", ["out ..%c0%afetc"]],
    ["100%", ["in /ws/100%"]],
    ["\uff0e\uff0e\uff0fetc", ["in /ws/\uff0e\uff0e\uff0fetc", "out /etc"]],
    ["/ws/a\u0000/../../etc", ["out /ws/a\u0000/../../etc"]],
    ["/ws/a%00b", ["out /ws/a%00b"]],
    ["", ["out "]],
    ["file:///ws/a", ["in /ws/a"]],
    ["FILE://localhost/ws/a", ["in /ws/a"]],
    ["file:/ws/a", ["in /ws/a"]],
    ["file:///ws/%2e%2e/etc", ["in /ws/%2e%2e/etc", "out /etc"]],
    ["file://host/ws/a", ["out file://host/ws/a"]],
    ["file:ws/a", ["out file:ws/a"]],
    ["file:///ws/a?x", ["out file:///ws/a?x"]],
    [" file:///ws/a", ["out  file:///ws/a"]],
    ["https://x.example/ws", ["out https://x.example/ws"]],
  ])("%j", (path, expected) => {
    expect(places(path)).toEqual(expected);
  });

  test("a relative path has no place where the server's folder is not known", () => {
    expect(places("a/b", null)).toEqual(["out a/b"]);
  });

  test("an over-long path stands for itself by a digest", () => {
    expect(places(`/ws/${"a".repeat(5_000)}`)[0]).toMatch(/^out hmac-sha256:[0-9a-f]{64}$/);
  });

  test("nothing is in a workspace unless its resolved path is", () => {
    const part = fc.constantFrom(
      "ws",
      "..",
      ".",
      "",
      "out",
      "in",
      "etc",
      "%2e%2e",
      "%2f",
      "\\",
      "~",
      "a",
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.constantFrom("/", "\\", "%2f"),
        (parts, by) => {
          const named = filesNamed(parts.join(by), context);
          expect(named.length).toBeGreaterThan(0);
          for (const file of named) {
            if (!file.inWorkspace) continue;
            expect(file.path === "/ws" || file.path.startsWith("/ws/")).toBe(true);
            expect(file.path.split("/")).not.toContain("..");
            expect(ops.realPath(file.path)).toBe(file.path);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("any text is some file", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (path) => {
        expect(filesNamed(path, context).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("classes of files", () => {
  test.each<[string, readonly string[]]>([
    ["/ws/src/main.ts", []],
    ["/home/u/.ssh/id_ed25519", ["credentials"]],
    ["/home/u/.SSH/config", ["credentials"]],
    ["/home/u/.ssh/authorized_keys", ["credentials", "startup"]],
    ["/ws/.env", ["credentials"]],
    ["/ws/.env.production", ["credentials"]],
    ["/ws/.environment", []],
    ["/ws/server.key", ["credentials"]],
    ["/etc/shadow", ["credentials"]],
    ["/ws/etc/shadow", []],
    ["/proc/self/environ", ["credentials"]],
    ["/ws/AGENTS.md", ["instructions"]],
    ["/ws/sub/CLAUDE.md", ["instructions"]],
    ["/ws/.cursor/rules/a.mdc", ["instructions"]],
    ["/ws/.claude/settings.json", ["agent-config"]],
    ["/ws/.mcp.json", ["agent-config"]],
    ["/ws/.github/mcp.json", ["agent-config"]],
    ["/ws/.github/copilot/settings.local.json", ["agent-config"]],
    ["/home/u/.copilot/hooks/bylaw.json", ["agent-config"]],
    ["/home/u/.copilot/config.json", ["agent-config"]],
    ["/etc/github-copilot/policy.d/bylaw.json", ["agent-config"]],
    ["/ws/.cursor/hooks.json", ["agent-config"]],
    ["/home/u/.bashrc", ["startup"]],
    ["/ws/.git/hooks/pre-commit", ["startup"]],
    ["/ws/.git/HEAD", []],
    ["/etc/cron.d/x", ["startup"]],
    ["/var/spool/cron/crontabs/root", ["startup"]],
    ["/ws/.github/workflows/ci.yml", ["ci"]],
    ["/ws/.github", []],
    ["/ws/.gitlab-ci.yml", ["ci"]],
  ])("%s", (path, expected) => {
    expect(classesOfPath(path)).toEqual(expected);
  });

  // shows: C13.2
  test("a link carries the class of what it leads to", () => {
    const [file] = filesNamed("/ws/ssh/id_rsa", context);
    expect(file?.entity.parents).toContainEqual({ type: "Class", id: "credentials" });
    expect(file?.inWorkspace).toBe(false);
  });

  test("Bylaw's own folders are found by any spelling", () => {
    for (const path of ["/home/u/.local/state/bylaw/key", "~/.Local/state/BYLAW", "/ws/.bylaw/x"])
      expect(filesNamed(path, context)[0]?.entity.parents).toContainEqual({
        type: "Class",
        id: "bylaw",
      });
  });
});

describe("effects on files", () => {
  const use = { recursive: false, reversible: false, source: "parsed" } as const;

  test("credentials are secret", () => {
    const found = fileEffects({ ...use, path: "/ws/.env", actions: ["read"] }, context);
    expect(found.effects.map(line)).toEqual([
      "read File::/ws/.env 1 parsed current development credentials",
    ]);
    expect(found.effects[0]?.labels).toEqual(["public", "internal", "confidential", "secret"]);
    expect(found.paths).toEqual(["/ws/.env"]);
  });

  test("a file is in every folder above it", () => {
    const found = fileEffects({ ...use, path: "/ws/a/b", actions: ["read"] }, context);
    const folders = found.effects[0]?.resource.parents.filter(({ type }) => type === "File");
    expect(folders?.map(({ id }) => id)).toEqual(["/ws/a", "/ws", "/"]);
  });

  test("deleting a whole workspace deletes what is protected in it", () => {
    const found = fileEffects(
      { ...use, path: "/ws", actions: ["delete"], recursive: true },
      context,
    ).effects.map(line);
    expect(found).toContain("delete File::/ws ? parsed current development");
    expect(found).toContain("delete File::/ws/.bylaw ? parsed current development bylaw");
    expect(found).toContain("delete File::/ws/.github/workflows ? parsed current development ci");
  });

  test("listing a folder above Bylaw's own touches it, too", () => {
    const found = fileEffects(
      { ...use, path: "/home/u", actions: ["list"], recursive: true },
      context,
    ).effects.map(line);
    expect(found).toEqual([
      "list File::/home/u ? parsed unknown",
      "list File::/home/u/.local/state/bylaw ? parsed unknown bylaw",
    ]);
  });

  test("a file with a second name is in the workspace, but nobody knows what else it is", () => {
    const shared = { ...context, ops: memoryOps({ shared: ["/ws/hard.md"] }) };
    const one = { path: "/ws/hard.md", actions: ["update"], ...use } as const;
    expect(fileEffects(one, shared).effects.map(line)).toEqual([
      "update File::/ws/hard.md 1 parsed current unknown",
    ]);
    expect(fileEffects(one, context).effects.map(line)).toEqual([
      "update File::/ws/hard.md 1 parsed current development",
    ]);
  });
});
