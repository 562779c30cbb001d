import { KEEP_COMPILED } from "../compiled.ts";

/** Where everything of an isolated gateway is, all by the name of its user. */
export interface Layout {
  readonly user: string;
  /** Configuration and policies: root's, for the gateway to read. */
  readonly config: string;
  /** Data: the gateway's alone. */
  readonly data: string;
  /** Where other users find it. */
  readonly runtime: string;
  readonly unit: string;
  readonly script: string;
  /** What was done, for `--undo`. */
  readonly journal: string;
  /** Variables that the configuration takes from the environment. */
  readonly environment: string;
  readonly log: string;
}

export function layoutOf(user: string): Layout {
  return {
    user,
    config: `/etc/${user}`,
    data: `/var/lib/${user}`,
    runtime: `/run/${user}`,
    unit: `/etc/systemd/system/${user}.service`,
    script: `/usr/local/sbin/${user}-gateway`,
    journal: `/etc/${user}.isolation.json`,
    environment: `/etc/${user}/environment`,
    log: `/var/log/${user}.log`,
  };
}

/** The command that runs the gateway, with absolute paths. */
export interface Program {
  readonly node: string;
  readonly script: string;
}

function words({ node, script }: Program, layout: Layout): readonly string[] {
  const { config, data, runtime } = layout;
  const options = ["--isolated", runtime, "--config", `${config}/bylaw.yaml`, "--data", data];
  return [node, KEEP_COMPILED, script, "up", ...options];
}

/** Folders that programs of upstreams are looked for in; that of this Node first. */
function path({ node }: Program): string {
  return `${node.replace(/\/[^/]+$/, "")}:/usr/local/bin:/usr/bin:/bin`;
}

/**
 * The unit for systemd. In: whether configured folders are in people's homes, which are out of sight
 * otherwise. No `MemoryDenyWriteExecute`: Node compiles while it runs.
 */
export function unitText(program: Program, layout: Layout, homes: boolean): string {
  const { user, environment } = layout;
  return `# Made by \`bylaw isolate\`; taken away by \`bylaw isolate --undo\`.
[Unit]
Description=Bylaw, a governance gateway for agents
After=network.target

[Service]
Type=exec
User=${user}
Group=${user}
ExecStart=${words(program, layout).map(quotedForUnit).join(" ")}
Environment=${quotedForUnit(`PATH=${path(program)}`)} ${quotedForUnit(`HOME=${layout.data}`)}
EnvironmentFile=-${environment}
StateDirectory=${user}
StateDirectoryMode=0700
RuntimeDirectory=${user}
RuntimeDirectoryMode=0755
UMask=0077
Restart=on-failure
TimeoutStopSec=60
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=${homes ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`;
}

function quotedForUnit(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.includes("%")
    ? word
    : `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
}

/** The same without systemd: a script for root. */
export function scriptText(program: Program, layout: Layout): string {
  const { user, data, runtime, environment, log } = layout;
  return `#!/bin/sh
# Made by \`bylaw isolate\`; taken away by \`bylaw isolate --undo\`.
# Runs the gateway as the user ${user}: ${user}-gateway run|start|stop|status
set -eu

presence=${runtime}/gateway.json

pid() {
  sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$presence" 2>/dev/null
}

running() {
  [ -n "$(pid)" ] && [ "$(stat -c %U "/proc/$(pid)" 2>/dev/null)" = ${user} ]
}

case "\${1:-}" in
run)
  umask 077
  install -d -o ${user} -g ${user} -m 0755 ${runtime}
  set -- ${words(program, layout).map(quoted).join(" ")}
  if [ -r ${environment} ]; then
    while IFS= read -r line; do
      case "$line" in '' | '#'*) ;; *) set -- "$line" "$@" ;; esac
    done <${environment}
  fi
  cd ${data}
  exec setpriv --reuid=${user} --regid=${user} --clear-groups --no-new-privs --inh-caps=-all \\
    --bounding-set=-all env -i ${quoted(`PATH=${path(program)}`)} ${quoted(`HOME=${data}`)} "$@"
  ;;
start)
  running && { echo "it runs already"; exit 0; }
  rm -f "$presence"
  umask 077
  setsid "$0" run >>${log} 2>&1 </dev/null &
  started=$!
  tries=0
  until running; do
    kill -0 "$started" 2>/dev/null || { tail -n 20 ${log} >&2; exit 1; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "it did not start in a minute" >&2; exit 1; }
    sleep 0.1
  done
  ;;
stop)
  running || exit 0
  kill -TERM "$(pid)"
  tries=0
  while running; do
    tries=$((tries + 1))
    [ "$tries" -lt 900 ] || { echo "it did not end in a minute and a half" >&2; exit 1; }
    sleep 0.1
  done
  ;;
status)
  running && echo "it runs, process $(pid)" || { echo "it does not run"; exit 3; }
  ;;
*)
  echo "usage: $0 run|start|stop|status" >&2
  exit 2
  ;;
esac
`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
