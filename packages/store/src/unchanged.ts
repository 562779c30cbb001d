import type { Values } from "./query.ts";
import type { WriterClient, Writes } from "./writes.ts";

/** Tells whether what this process shares may have changed since somebody looked. */
export interface Changes {
  /** The same number as before: nothing has changed. Null while a change is on its way. */
  current(): number | null;
}

/** Writes that no remembered row rests on. */
const APART: ReadonlySet<keyof Writes> = new Set<keyof Writes>([
  "checkpoint",
  "session",
  "useOnce",
  "forgetUses",
]);

/**
 * A writer that counts changes. Only the process that owns a folder writes to it, so what no call
 * of this writer has touched is as it was; a call that failed may have happened all the same.
 */
export function watched(writer: WriterClient): {
  readonly writer: WriterClient;
  readonly changes: Changes;
} {
  let under_way = 0;
  let changes = 0;
  const done = (): void => {
    under_way -= 1;
    changes += 1;
  };
  return {
    writer: {
      ...writer,
      call: (op, input, sync) => {
        if (APART.has(op)) return writer.call(op, input, sync);
        under_way += 1;
        const called = writer.call(op, input, sync);
        called.then(done, done);
        return called;
      },
    },
    changes: { current: () => (under_way === 0 ? changes : null) },
  };
}

/** Answers that one query may have given until something changes: of every token presented, at worst. */
const ANSWERS_MAX = 512;

/** Every value with its length, so that no text can be taken for two. */
function keyOf(name: string, input: Values): string {
  let key = name;
  for (const column in input) {
    const value = input[column];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    key += ` ${column} ${typeof value} ${text.length} ${text}`;
  }
  return key;
}

/** Rows by query and input, as long as nothing has changed. */
export interface Remembered {
  rows<T>(name: string, input: Values, look: () => T): T;
}

export function createRemembered(changes: Changes): Remembered {
  let at = -1;
  const answers = new Map<string, unknown>();
  return {
    rows(name, input, look) {
      const now = changes.current();
      if (now === null) return look();
      if (now !== at || answers.size >= ANSWERS_MAX) answers.clear();
      at = now;
      const key = keyOf(name, input);
      if (answers.has(key)) return answers.get(key) as ReturnType<typeof look>;
      const found = look();
      answers.set(key, found);
      return found;
    },
  };
}
