import type { Action } from "@bylaw/core";
import type { Call, Shell } from "../call.ts";
import type { Arg } from "../expand.ts";
import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import {
  type Arguments,
  type Family,
  hasOption,
  type Program,
  readArguments,
  same,
  valueOf,
} from "./program.ts";

type Verbs = Readonly<Record<string, Action>>;

/** Reads a cloud's own command words: a verb decides, and one that is not known may do anything. */
function byVerb(kind: string, takes: string, reads: RegExp, verbs: Verbs): Program {
  return {
    takes,
    also: ({ args }, shell) => {
      const { operands, options } = readArguments(args, { takes });
      const words = operands.filter(({ text }) => /^[a-z][\w:-]*$/i.test(text)).slice(0, 5);
      const found = words.flatMap(({ text }) =>
        Object.entries(verbs).filter(([verb]) => text === verb || text.startsWith(`${verb}-`)),
      );
      const id = operands.map(({ text }) => text).join(" ");
      for (const [, action] of found)
        shell.object(action, kind, id, action === "grant" ? { audience: "unknown" } : {});
      const harmless =
        words.some(({ text }) => reads.test(text)) ||
        hasOption({ options, operands }, "--version", "--help", "-h", "--dry-run");
      if (found.length === 0 && !harmless && args.length > 0) shell.unknown();
      if (
        words.some(({ text }) => /secret|password|credential|token|access-key/i.test(text)) &&
        !/^secret-/.test(id)
      )
        shell.secret(kind);
      return undefined;
    },
  };
}

const CHANGES: Verbs = {
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
const READS =
  /^(ls|list|describe|get|show|help|version|info|view|status|logs?|tail|wait|history|search|head|presign|whoami|config|configurations|configure|account|projects|regions|locations|cat|du|stat|filter-log-events|diff|events|ps|auth)(-|$)/;

/** What a container may reach of the machine that it runs on. */
function container(
  call: Call,
  shell: Shell,
  takes: string,
  exec: boolean,
): ReturnType<Shell["run"]> {
  const { rest, options } = readArguments(call.args, { takes }, true);
  for (const { name, value } of options) {
    if (/^(-v|--volume|--mount)$/.test(name) && value !== null) {
      const from = /(?:source|src)=([^,]+)/.exec(value.text)?.[1] ?? value.text.split(":")[0] ?? "";
      if (/^[./~$]/.test(from)) shell.file({ ...value, text: from }, ["read", "update"]);
    }
    if (
      /^--(privileged|cap-add|security-opt|device)$/.test(name) ||
      (/^--(pid|net|network|ipc|userns)$/.test(name) && value?.text === "host")
    )
      shell.object("grant", "container", "host", { audience: "unknown" });
    if (name === "--env-file" && value !== null) shell.file(value, ["read"]);
  }
  const [name, ...argv] = rest;
  if (name !== undefined) shell.object(exec ? "update" : "create", "container", name.text);
  // Its files are its own: what runs inside is looked at by the same rules.
  return argv.length === 0 ? UNKNOWN : shell.run(argv, call.input);
}

const RUN_TAKES =
  "-e --env --name -p --publish -w --workdir -u --user -l --label --network --net --entrypoint --platform --cpus -m --memory --restart --add-host --hostname -h --gpus --shm-size --ulimit --log-driver --pull --cidfile --tmpfs --dns -v --volume --mount --cap-add --security-opt --device --pid --ipc --userns --env-file --index";

const DOCKER: Program = {
  takes:
    "-H --host -c --context --config -l --log-level -f --file -p --project-name --profile --project-directory --ansi",
  sub: {
    ...same(
      "ps images logs inspect version info stats top port history search events diff --version --help help context wait ls",
      { takes: "-f --filter --format -n --tail --since --until" },
    ),
    ...same("build buildx bake", {
      takes:
        "-t --tag --build-arg --target --platform --cache-from --cache-to --secret --progress --network --label",
      options: { "-f": "read", "--file": "read", "-o": "write" },
      operands: ["read"],
    }),
    ...same("pull", {
      also: (_, shell, { operands }) => (
        shell.install("docker", operands[0]?.text ?? "*", {
          pinned: /@sha256:/.test(operands[0]?.text ?? ""),
        }),
        undefined
      ),
    }),
    push: {
      standing: "grave",
      also: (_, shell, { operands }) => (
        shell.publish("docker", operands[0]?.text ?? "image"), undefined
      ),
    },
    ...same("login logout", {
      standing: "grave",
      also: (_, shell) => (shell.secret("registry token"), undefined),
    }),
    ...same("run create", { also: (call, shell) => container(call, shell, RUN_TAKES, false) }),
    exec: { also: (call, shell) => container(call, shell, RUN_TAKES, true) },
    ...same("tag start restart commit rename update pause unpause attach load save export import", {
      options: { "-o": "write", "--output": "write", "-i": "read" },
    }),
    ...same("stop kill", {
      also: (_, shell, { operands }) => (
        shell.object("update", "container", operands[0]?.text ?? ""), undefined
      ),
    }),
    ...same("rm rmi", {
      also: (_, shell, { operands }) => {
        for (const { text } of operands) shell.object("delete", "container", text);
        return undefined;
      },
    }),
    cp: {
      operands: ["read"],
      also: (_, shell, { operands }) => {
        for (const operand of operands)
          if (!/^[\w.-]+:/.test(operand.text)) shell.file(operand, ["read", "update"]);
        return undefined;
      },
    },
    ...same("volume network image container system builder plugin manifest", {
      sub: {
        ...same("ls list inspect df info events logs ps images history top stats", {}),
        ...same("rm remove prune rmi", {
          also: ({ args }, shell) => (
            shell.object("delete", "container", args.map(({ text }) => text).join(" ") || "*"),
            undefined
          ),
        }),
        create: {},
        ...same("connect disconnect", {}),
      },
    }),
    ...same("swarm stack service node secret config", byVerb("cluster", "", READS, CHANGES)),
    compose: {
      takes: "-f --file -p --project-name --profile --env-file --project-directory",
      sub: {
        ...same(
          "ps logs config images ls top version port events build restart pause unpause stop",
          {},
        ),
        pull: {},
        // The file says which folders of the machine the containers get.
        ...same("up create start watch", { also: (_, shell) => (shell.unknown(), undefined) }),
        ...same("down rm kill", {
          also: (_, shell, read) => (
            hasOption(read, "-v", "--volumes", "--rmi")
              ? shell.object("delete", "container", "volumes")
              : undefined,
            undefined
          ),
        }),
        ...same("run exec", { also: (call, shell) => container(call, shell, RUN_TAKES, true) }),
        push: { also: (_, shell) => (shell.publish("docker", "images"), undefined) },
      },
    },
  },
};

const KUBE_TAKES =
  "-n --namespace --context --cluster --user --kubeconfig -o --output -l --selector -c --container --field-selector --sort-by --tail --since --timeout --replicas --image --server --token --as --grace-period -p --patch --type";

function kube(action: Action): Program {
  return {
    takes: KUBE_TAKES,
    options: { "-f": "read", "--filename": "read", "-k": "read" },
    also: (_, shell, read) => {
      const [kind, ...names] = read.operands;
      if (hasOption(read, "--dry-run")) return undefined;
      const all = hasOption(
        read,
        "--all",
        "-A",
        "--all-namespaces",
        "-l",
        "--selector",
        "-f",
        "--filename",
      );
      const ids =
        all || names.length === 0
          ? [kind?.text ?? "*"]
          : names.map(({ text }) => `${kind?.text}/${text}`);
      for (const id of ids)
        shell.object(action, "cluster", id, action === "grant" ? { audience: "unknown" } : {});
      return undefined;
    },
  };
}

const KUBECTL: Program = {
  takes: KUBE_TAKES,
  sub: {
    ...same(
      "get describe logs top explain api-resources api-versions cluster-info version diff events wait auth completion options kustomize --help",
      {
        takes: KUBE_TAKES,
        options: { "-f": "text" },
        also: (_, shell, read) => {
          if (
            read.operands.some(({ text }) => /^secrets?($|\/)|,secrets?/.test(text)) ||
            hasOption(read, "--raw")
          )
            shell.secret("cluster");
          return undefined;
        },
      },
    ),
    ...same(
      "apply create replace run expose label annotate set scale autoscale patch edit rollout restart cordon uncordon taint port-forward proxy attach debug",
      kube("update"),
    ),
    rollout: {
      sub: { ...same("status history", {}), ...same("restart undo pause resume", kube("update")) },
    },
    ...same("delete drain", kube("delete")),
    exec: {
      also: ({ args, input }, shell) => {
        const { rest } = readArguments(args, { takes: KUBE_TAKES }, true);
        shell.object("update", "cluster", rest[0]?.text ?? "");
        const dashes = args.findIndex(({ text }) => text === "--");
        const argv = dashes === -1 ? rest.slice(1) : args.slice(dashes + 1);
        return argv.length === 0 ? UNKNOWN : shell.run(argv, input);
      },
    },
    cp: {
      also: (_, shell, { operands }) => {
        for (const operand of operands)
          if (!operand.text.includes(":")) shell.file(operand, ["read", "update"]);
        shell.object("update", "cluster", operands[0]?.text ?? "");
        return undefined;
      },
    },
    config: {
      sub: {
        ...same("get-contexts current-context get-clusters get-users", {}),
        view: {
          also: (_, shell, read) => (
            hasOption(read, "--raw") ? shell.secret("cluster") : undefined, undefined
          ),
        },
        ...same("use-context set-context set set-credentials set-cluster delete-context unset", {
          also: (_, shell) => (shell.file(plain("~/.kube/config"), ["update"]), undefined),
        }),
      },
    },
    ...same("certificate", kube("grant")),
  },
};

const TERRAFORM: Program = {
  takes: "-chdir",
  sub: {
    ...same(
      "version validate fmt graph providers show output plan get init workspace --version -version console test",
      {
        also: (_, shell, read) => (
          hasOption(read, "-destroy") ? shell.object("list", "infrastructure", "plan") : undefined,
          undefined
        ),
      },
    ),
    ...same("apply import taint untaint refresh up", {
      also: (_, shell, read) => (
        shell.object(
          hasOption(read, "-destroy") || read.options.some(({ name }) => name.includes("destroy"))
            ? "delete"
            : "update",
          "infrastructure",
          "all",
        ),
        undefined
      ),
    }),
    ...same("destroy", {
      also: (_, shell) => (shell.object("delete", "infrastructure", "all"), undefined),
    }),
    state: {
      sub: {
        ...same("list show", {}),
        pull: { also: (_, shell) => (shell.secret("terraform state"), undefined) },
        ...same("rm mv push replace-provider", {
          also: (_, shell) => (shell.object("delete", "infrastructure", "state"), undefined),
        }),
      },
    },
    "force-unlock": {
      also: (_, shell) => (shell.object("update", "infrastructure", "lock"), undefined),
    },
  },
};

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

/** Containers, clusters, clouds and databases. */
export const INFRASTRUCTURE: Family = {
  ...same("docker podman nerdctl", DOCKER),
  "docker-compose": DOCKER.sub?.["compose"] ?? {},
  ...same("kubectl oc k", KUBECTL),
  ...same("kubectx kubens k9s stern minikube kind", {
    sub: {
      ...same("version status get logs list profile", {}),
      ...same("start stop create delete load", {
        also: (call, shell) => (shell.object("update", "cluster", call.name), undefined),
      }),
    },
    otherwise: {},
  }),
  helm: {
    takes: "-n --namespace --kube-context -f --values --set --version --kubeconfig",
    sub: {
      ...same(
        "list ls status get history show template lint search version repo env dependency dep pull diff create package",
        {},
      ),
      ...same("install upgrade rollback test", kube("update")),
      ...same("uninstall delete", kube("delete")),
      push: { also: (_, shell) => (shell.publish("helm", "chart"), undefined) },
    },
  },
  ...same("terraform tofu terragrunt", TERRAFORM),
  pulumi: {
    sub: {
      ...same("preview stack whoami version about logs login", {}),
      ...same("up update refresh import", kube("update")),
      ...same("destroy cancel", kube("delete")),
    },
  },
  ...same(
    "ansible ansible-playbook salt puppet chef-client packer vagrant serverless sls cdk sam cdktf eksctl",
    {
      standing: "grave",
      also: (_, shell, read) => (
        hasOption(read, "--version", "--help", "--check", "--syntax-check")
          ? undefined
          : shell.unknown(),
        undefined
      ),
    },
  ),
  ...same(
    "aws aliyun",
    byVerb(
      "cloud",
      "--profile --region --output --query --filters --instance-ids --bucket --key --body --name --table-name --function-name --endpoint-url --stack-name --log-group-name --cluster",
      READS,
      {
        ...CHANGES,
        "put-bucket-policy": "grant",
        "put-bucket-acl": "grant",
        "put-user-policy": "grant",
        "create-access-key": "grant",
        "attach-user-policy": "grant",
        "attach-role-policy": "grant",
      },
    ),
  ),
  ...same(
    "gcloud gsutil bq az doctl heroku fly flyctl vercel netlify railway firebase supabase wrangler linode-cli hcloud ibmcloud oci scw render s3cmd mc b2 azcopy eb cf databricks snow snowsql",
    byVerb(
      "cloud",
      "--project --region --zone -g --resource-group -n --name --format --subscription --output -o -a --app --app-id",
      READS,
      CHANGES,
    ),
  ),
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
