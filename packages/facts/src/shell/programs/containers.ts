import type { Call, Shell } from "../call.ts";
import { UNKNOWN } from "../state.ts";
import { byVerb, CHANGES, READS } from "./cloud.ts";
import { hasOption, type Program, readArguments, same } from "./program.ts";

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

export const DOCKER: Program = {
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
