import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFolder } from "../testing/folders.ts";
import { isSoundVersion, openDatabase, type SqliteDriver } from "./driver.ts";
import type { Value } from "./query.ts";

function scratch(): SqliteDriver {
  const db = openDatabase(join(createFolder(), "scratch.db"), false);
  db.exec("CREATE TABLE t (a INTEGER NOT NULL, b TEXT NOT NULL) STRICT");
  return db;
}

describe("sqlite versions", () => {
  it.each([
    ["3.51.3", true],
    ["3.53.0", true],
    ["3.100.0", true],
    ["4.0.0", true],
    ["3.51.2", false],
    ["3.9.0", false],
    ["3.52.0", false],
    ["3.40.1", false],
    ["nonsense", false],
  ])("%s is sound: %s", (version, sound) => {
    expect(isSoundVersion(version)).toBe(sound);
  });
});

describe("columns", () => {
  it.each([
    ["NaN", Number.NaN],
    ["a fraction", 1.5],
    ["an integer that a double cannot hold", 2 ** 53],
    ["a date", new Date(0)],
    ["an object", { a: 1 }],
    ["null", null],
    ["undefined", undefined],
    ["a boolean", true],
  ])("never take %s", (_, value) => {
    const db = scratch();
    const insert = db.prepare("INSERT INTO t (a, b) VALUES (?, ?)");
    expect(() => insert.run(value as Value, "b")).toThrow(TypeError);
    expect(db.prepare("SELECT count(*) AS n FROM t").get()).toMatchObject({ n: 0 });
    db.close();
  });

  it("keep their declared type", () => {
    const db = scratch();
    const insert = db.prepare("INSERT INTO t (a, b) VALUES (?, ?)");
    expect(() => insert.run("text", "b")).toThrow();
    expect(insert.run(Number.MAX_SAFE_INTEGER, "b")).toBe(1);
    expect(db.prepare("SELECT a FROM t").get()).toMatchObject({ a: Number.MAX_SAFE_INTEGER });
    db.close();
  });
});

describe("files", () => {
  it("belong to their owner alone", () => {
    const path = join(createFolder(), "scratch.db");
    const db = openDatabase(path, false);
    db.exec("CREATE TABLE t (a INTEGER NOT NULL) STRICT");
    for (const suffix of ["", "-wal", "-shm"])
      expect(statSync(`${path}${suffix}`).mode & 0o777).toBe(0o600);
    db.close();
  });
});
