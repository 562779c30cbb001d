import type { Action } from "@bylaw/core";

/**
 * General English vocabularies that inference goes by. No word stands here because of one server or
 * data set: verbs of everyday interfaces, and names that arguments commonly have.
 */

/** What a verb does to the thing that it names. */
export interface Verb {
  readonly actions: readonly Action[];
  /** Also a common noun: after another verb it names a thing (`get_post`). */
  readonly noun?: true;
}

const read: Verb = { actions: ["read"] };
const list: Verb = { actions: ["list"] };
const create: Verb = { actions: ["create"] };
const update: Verb = { actions: ["update"] };
const write: Verb = { actions: ["create", "update"] };
const remove: Verb = { actions: ["delete"] };
const send: Verb = { actions: ["send"] };
const publish: Verb = { actions: ["publish"] };
const execute: Verb = { actions: ["execute"] };
const grant: Verb = { actions: ["grant"] };
const configure: Verb = { actions: ["configure"] };
const spend: Verb = { actions: ["spend"] };
const orNoun = (verb: Verb): Verb => ({ ...verb, noun: true });

const VERB_LISTS: readonly (readonly [Verb, string])[] = [
  [read, "read get fetch retrieve open show display describe inspect lookup peek tail head"],
  [read, "cat stat stats info count compare diff summarize summarise explain analyze analyse"],
  [orNoun(read), "view preview status download poll measure browse"],
  [list, "list ls dir enumerate find search scan glob grep discover tree"],
  [create, "create add new make mkdir insert generate append init initialize register"],
  [create, "duplicate clone import upload"],
  [orNoun(create), "book schedule reserve fork draft"],
  [update, "update edit modify change alter patch rename replace move mv set put assign"],
  [update, "resize rotate merge apply convert format sort reset restore revert rollback rewrite"],
  [update, "cancel close reopen archive resolve approve reject complete mark toggle lock unlock"],
  [orNoun(update), "tag label comment review star reply react note"],
  [write, "write save store upsert overwrite sync persist export dump record"],
  [remove, "delete remove rm rmdir unlink erase destroy drop purge wipe truncate clear discard"],
  [remove, "trash uninstall unregister flush prune shred expunge clean cleanup terminate kill"],
  [send, "send mail notify forward submit dispatch transmit dm"],
  [orNoun(send), "email message alert ping call broadcast invite"],
  [publish, "publish deploy announce"],
  [orNoun(publish), "release tweet post share push"],
  [execute, "execute exec run eval evaluate invoke start restart launch spawn trigger compile"],
  // A text is loaded into memory, a dump into a database, a lorry with parcels: nobody can tell.
  [execute, "build install test load"],
  [orNoun(execute), "shell bash command script process job query sql console terminal"],
  [grant, "grant revoke authorize authorise permit allow impersonate promote"],
  [configure, "configure enable disable"],
  [spend, "pay buy purchase checkout withdraw refund donate transfer"],
  [orNoun(spend), "order charge invoice"],
];

export const VERBS: ReadonlyMap<string, Verb> = new Map(
  VERB_LISTS.flatMap(([verb, words]) => words.split(" ").map((word) => [word, verb] as const)),
);

/** Verbs that take a thing away from one place and put it in another. */
export const MOVE_VERBS: ReadonlySet<string> = new Set(["move", "mv", "rename"]);
export const COPY_VERBS: ReadonlySet<string> = new Set(["copy", "cp", "duplicate", "clone"]);

/** Words that join two verbs into a tool that does both. */
export const CONJUNCTIONS: ReadonlySet<string> = new Set(["and", "or", "then", "if"]);

/** Names of arguments that hold a path whatever their value looks like. */
export const PATH_WORDS: ReadonlySet<string> = new Set(
  "path paths file files filename filenames filepath filepaths dir dirs directory directories folder folders".split(
    " ",
  ),
);

/** Names of arguments that hold a path if their value looks like one. */
export const PLACE_WORDS: ReadonlySet<string> = new Set(
  "source sources src destination destinations dest dst from to target targets uri uris url urls location locations root roots output input cwd workdir base old new".split(
    " ",
  ),
);

/** Of two paths, the one that something is put at. */
export const DESTINATION_WORDS: ReadonlySet<string> = new Set(
  "destination dest dst to target output new outfile".split(" "),
);

/** Names of arguments that hold text, which may look like a path without being one. */
export const CONTENT_WORDS: ReadonlySet<string> = new Set(
  "content contents text body message description comment data prompt reason note title subject summary value code patch diff html markdown".split(
    " ",
  ),
);

/** Names of arguments that hold a network address. */
export const URL_WORDS: ReadonlySet<string> = new Set(
  "url urls uri uris link links href endpoint website webpage site address".split(" "),
);

/** Names of arguments that hold a statement of some query language. */
export const SQL_WORDS: ReadonlySet<string> = new Set(
  "sql query queries statement statements".split(" "),
);

/** Names of arguments that hold something to run. */
export const COMMAND_WORDS: ReadonlySet<string> = new Set(
  "command commands cmd shell script code expression program argv".split(" "),
);

/** First words of statements, by which a text shows itself to be SQL. */
export const SQL_STARTS: ReadonlySet<string> = new Set(
  "select insert update delete with create alter drop truncate grant revoke merge replace copy call do pragma attach explain vacuum begin set exec execute declare".split(
    " ",
  ),
);
