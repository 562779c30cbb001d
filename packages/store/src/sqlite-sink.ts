import type { LogSink } from "./log-writer.ts";
import { query } from "./query.ts";
import type { SqliteSession } from "./sqlite-session.ts";
import type { Tables } from "./tables.ts";

const ENTRY = query<Tables["entry"]>()((db, p) =>
  db.insertInto("entry").values({ log: p.log, idx: p.idx, leaf: p.leaf, bytes: p.bytes }),
);
const NODE = query<Tables["node"]>()((db, p) =>
  db.insertInto("node").values({ log: p.log, level: p.level, idx: p.idx, hash: p.hash }),
);
const BODY = query<Tables["body"]>()((db, p) =>
  db
    .insertInto("body")
    .values({ log: p.log, digest: p.digest, bytes: p.bytes })
    .onConflict((conflict) => conflict.doNothing()),
);
const OPEN = query<Tables["open_intent"]>()((db, p) =>
  db.insertInto("open_intent").values({ log: p.log, idx: p.idx }),
);
const CLOSE = query<Tables["open_intent"]>()((db, p) =>
  db.deleteFrom("open_intent").where("log", "=", p.log).where("idx", "=", p.idx),
);
const CLOSE_ALL = query<{ log: number }>()((db, p) =>
  db.deleteFrom("open_intent").where("log", "=", p.log),
);
const HEAD = query<Tables["head"]>()((db, p) =>
  db.updateTable("head").set({ size: p.size, root: p.root }).where("log", "=", p.log),
);
const CHECKPOINT = query<Tables["checkpoint"]>()((db, p) =>
  db.insertInto("checkpoint").values({ log: p.log, size: p.size, note: p.note }),
);

/** Writes each row as it comes: a statement in the same process costs less than collecting it. */
export function sqliteSink(session: SqliteSession, log: number): LogSink {
  const entry = session.statement(ENTRY);
  const node = session.statement(NODE);
  const body = session.statement(BODY);
  const open = session.statement(OPEN);
  const close = session.statement(CLOSE);
  const closeAll = session.statement(CLOSE_ALL);
  const head = session.statement(HEAD);
  const checkpoint = session.statement(CHECKPOINT);
  return {
    entry: (idx, leaf, bytes) => void entry({ log, idx, leaf, bytes }),
    node: (level, idx, hash) => void node({ log, level, idx, hash }),
    body: (digest, bytes) => void body({ log, digest, bytes }),
    open: (idx) => void open({ log, idx }),
    close: (idx) => void close({ log, idx }),
    closeAll: () => void closeAll({ log }),
    head: (size, root) => void head({ log, size, root }),
    checkpoint: (size, note) => void checkpoint({ log, size, note }),
  };
}
