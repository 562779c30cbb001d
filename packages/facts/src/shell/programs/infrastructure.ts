import type { Action } from "@bylaw/core";
import { plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { byVerb, CHANGES, READS } from "./cloud.ts";
import { DOCKER } from "./containers.ts";
import { DATABASES } from "./databases.ts";
import { type Family, hasOption, type Program, readArguments, same } from "./program.ts";

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
      if (/^(cluster)?role(binding)?s?$|^serviceaccounts?$/.test(kind?.text ?? ""))
        shell.object("grant", "cluster", ids[0] ?? "", { audience: "unknown" });
      if (hasOption(read, "--prune")) shell.object("delete", "cluster", "*");
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
      // Whatever is applied may replace what is there, which deletes it.
      also: ({ args }, shell) => {
        shell.object("update", "infrastructure", "all");
        if (args.some(({ text }) => /^--?destroy/.test(text)))
          shell.object("delete", "infrastructure", "all");
        return undefined;
      },
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
  ...DATABASES,
};
