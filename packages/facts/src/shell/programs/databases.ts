import type { Call, Shell } from "../call.ts";
import type { Arg } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { type Arguments, type Family, hasOption, type Program, same, valueOf } from "./program.ts";

function database(
  dialect: "postgresql" | "sqlite" | "mysql",
  texts: string[],
  takes: string,
  named: string,
): Program {
  return {
    standing: "grave",
    takes: `${takes} ${texts.join(" ")} ${named}`,
    options: { "-f": "read", "--file": "read", "-o": "write", "--output": "write", "-L": "write" },
    also: ({ input }, shell, read) => {
      if (hasOption(read, "--version", "-V", "--help", "-?")) return undefined;
      const found = read.options.filter(({ name }) => texts.includes(name));
      const target = valueOf(read, ...named.split(" ")) ?? read.operands[0];
      const name =
        target?.known === true
          ? target.text.replace(/^.*\//, "").replace(/\?.*$/, "") || "default"
          : "unknown";
      if (hasOption(read, "-l", "--list")) return undefined;
      for (const { value } of found) sqlText(dialect, name, value, shell);
      const file = valueOf(read, "-f", "--file");
      if (file !== null) shell.sql(dialect, name, shell.content(file));
      if (found.length === 0 && file === null) shell.sql(dialect, name, input);
      return undefined;
    },
  };
}

function sqlText(
  dialect: "postgresql" | "sqlite" | "mysql",
  name: string,
  value: Arg | null,
  shell: Shell,
): void {
  const text = value?.known === true ? value.text : null;
  const meta = text === null ? null : /^\s*\\(\w+!?)(.*)$/s.exec(text);
  if (meta === null) return shell.sql(dialect, name, { ...UNKNOWN, text });
  if (/^(d\w*|l|conninfo|z|sf|sv)$/.test(meta[1] ?? "")) shell.object("list", "database", name);
  else if (meta[1] === "!") shell.script({ ...UNKNOWN, text: meta[2] ?? "" });
  else shell.unknown();
}

function sqlite({ input }: Call, shell: Shell, read: Arguments): undefined {
  const [file, ...statements] = read.operands;
  if (file === undefined) return undefined;
  const commands = read.options.flatMap(({ name, value }) =>
    name === "-cmd" && value !== null ? [value] : [],
  );
  const texts = [...commands, ...statements];
  const sql = (text: string): void => {
    if (/^\s*\.(tables|schema|databases|indexes|headers|mode|width|version|help|show)\b/.test(text))
      return;
    if (/^\s*\./.test(text)) shell.unknown();
    else shell.sql("sqlite", file.text, { ...UNKNOWN, text });
  };
  const only = texts.every(
    ({ text, known }) =>
      known &&
      /^\s*(select|explain|pragma\s+table_info|\.(tables|schema))\b/i.test(text) &&
      !/;\s*\S/.test(text),
  );
  shell.file(file, only && texts.length > 0 ? ["read"] : ["read", "update"]);
  for (const { text, known } of texts) sql(known ? text : "");
  if (texts.length === 0) sql(input.text ?? "");
  return undefined;
}

/** Clients of databases: SQL goes to the readers of SQL, anything else is unknown. */
export const DATABASES: Family = {
  psql: database(
    "postgresql",
    ["-c", "--command"],
    "-h --host -p --port -U --username -v --set -P --pset -F",
    "-d --dbname",
  ),
  ...same(
    "mysql mariadb",
    database("mysql", ["-e", "--execute"], "-h --host -P --port -u --user", "-D --database"),
  ),
  ...same("sqlite3 sqlite", {
    takes: "-separator -cmd -init",
    options: { "-init": "read" },
    also: sqlite,
  }),
  ...same(
    "mongosh mongo redis-cli clickhouse-client cqlsh sqlplus sqlcmd bcp influx duckdb cockroach etcdctl",
    {
      standing: "grave",
      also: (_, shell, read) => (
        hasOption(read, "--version", "--help") ? undefined : shell.unknown(), undefined
      ),
    },
  ),
  ...same("pg_dump pg_dumpall mysqldump mongodump mysqlpump", {
    standing: "grave",
    takes: "-h -p -U -u -d -t -n -F",
    options: { "-f": "write", "--file": "write", "-o": "write", "--out": "write" },
    also: (_, shell, { operands }) => (
      shell.object("read", "database", operands[0]?.text ?? "all"), undefined
    ),
  }),
  ...same("dropdb dropuser", {
    standing: "grave",
    also: (_, shell, { operands }) => (
      shell.object("delete", "database", operands.at(-1)?.text ?? ""), undefined
    ),
  }),
  ...same("createdb createuser pg_restore mongorestore mysqladmin pg_ctl vacuumdb", {
    standing: "grave",
    also: (_, shell, { operands }) => (
      shell.object("update", "database", operands.at(-1)?.text ?? ""), undefined
    ),
  }),
  pg_isready: {},
};
