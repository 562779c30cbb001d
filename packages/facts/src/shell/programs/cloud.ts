import type { Action } from "@bylaw/core";
import { hasOption, type Program, readArguments } from "./program.ts";

/** Words of accounts, roles and access. */
const RIGHTS =
  /^(iam|roles?|rbac|acls?|permissions?|polic(y|ies)|access|members?|collaborators?|grants?)$|-(polic(y|ies)|roles?|permissions?|acl|access-key|binding)$/;

type Verbs = Readonly<Record<string, Action>>;

/** Reads a cloud's own command words: a verb decides, and one that is not known may do anything. */
export function byVerb(kind: string, takes: string, reads: RegExp, verbs: Verbs): Program {
  return {
    takes,
    also: ({ args }, shell) => {
      const { operands, options } = readArguments(args, { takes });
      const words = operands
        .filter(({ text }) => /^[a-z][\w:-]*$/i.test(text))
        .slice(0, 5)
        .flatMap((arg) => arg.text.split(":").map((text) => ({ ...arg, text })));
      const found = words.flatMap(({ text }) =>
        Object.entries(verbs).filter(([verb]) => text === verb || text.startsWith(`${verb}-`)),
      );
      const id = operands.map(({ text }) => text).join(" ");
      for (const [, action] of found)
        shell.object(action, kind, id, action === "grant" ? { audience: "unknown" } : {});
      const changes = found.some(([, action]) => action !== "grant");
      if (changes && words.some(({ text }) => RIGHTS.test(text)))
        shell.object("grant", kind, id, { audience: "unknown" });
      // `sync --delete` makes the other side like this one.
      if (changes && hasOption({ options, operands }, "--delete", "--delete-destination", "-d"))
        shell.object("delete", kind, id);
      const harmless =
        words.some(({ text }) => reads.test(text)) ||
        hasOption({ options, operands }, "--version", "--help", "-h", "--dry-run");
      if (found.length === 0 && !harmless && args.length > 0) shell.unknown();
      if (
        words.some(({ text }) => /secret|password|credential|token|access-key/i.test(text)) &&
        !id.startsWith("secret-")
      )
        shell.secret(kind);
      return undefined;
    },
  };
}

export const CHANGES: Verbs = {
  create: "create",
  run: "create",
  launch: "create",
  start: "update",
  stop: "update",
  update: "update",
  set: "update",
  modify: "update",
  put: "update",
  deploy: "update",
  apply: "update",
  scale: "update",
  restart: "update",
  reboot: "update",
  add: "update",
  remove: "delete",
  delete: "delete",
  terminate: "delete",
  deregister: "delete",
  purge: "delete",
  destroy: "delete",
  rb: "delete",
  rm: "delete",
  drop: "delete",
  attach: "grant",
  grant: "grant",
  "add-iam-policy-binding": "grant",
  "set-iam-policy": "grant",
  authorize: "grant",
  cp: "update",
  mv: "update",
  sync: "update",
  mb: "create",
  rsync: "update",
  invoke: "update",
  publish: "update",
  send: "update",
  import: "create",
  enable: "update",
  disable: "update",
  promote: "update",
  restore: "update",
  push: "update",
  release: "update",
  up: "update",
};
export const READS: RegExp =
  /^(ls|list|describe|get|show|help|version|info|view|status|logs?|tail|wait|history|search|head|presign|whoami|config|configurations|configure|account|projects|regions|locations|cat|du|stat|filter-log-events|diff|events|ps|auth)(-|$)/;
