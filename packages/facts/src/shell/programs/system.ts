import { WRITE } from "../../files/effects.ts";
import { READING_COMMANDS } from "../../own.ts";
import type { Shell } from "../call.ts";
import { plain } from "../expand.ts";
import { type Arguments, type Family, hasOption, same } from "./program.ts";

const EVERYTHING = { audience: "public" } as const;

function chmod(_: unknown, shell: Shell, read: Arguments): undefined {
  // `-x` and `-w` are modes here, not options.
  const letters = read.options.filter(({ name }) => /^-[rwxstX]$/.test(name));
  const [mode, ...files] = letters.length > 0 ? [plain("a-x"), ...read.operands] : read.operands;
  const recursive = hasOption(read, "-R", "--recursive");
  const text = mode?.text ?? "";
  const opens =
    !mode?.known ||
    /[oa]?[ao]*\+[rwxX]*w|^\+w|[ugoa]*[+=][rwxX]*s|(^|,)[ao]+=[rx]*w/.test(text) ||
    /^[0-7]?[0-7]{2}[2367]$/.test(text) ||
    /^[2-7][0-7]{3}$/.test(text);
  for (const file of files) {
    shell.file(file, ["update"], { recursive: false });
    if (opens) shell.file(file, ["grant"], { recursive });
  }
  return undefined;
}

function changesService(_: unknown, shell: Shell, { operands }: Arguments): undefined {
  const [verb, ...names] = operands;
  if (
    verb === undefined ||
    /^(status|show|list-\w+|is-\w+|cat|help|print\w*|list|blame)$/.test(verb.text)
  )
    return undefined;
  for (const { text } of names.length === 0 ? [verb] : names)
    shell.object("update", "service", text);
  // What is enabled starts by itself from now on.
  if (
    /^(enable|load|bootstrap|preset|link|edit|set-default|mask|daemon-reload|add|create|submit)$/.test(
      verb.text,
    )
  )
    persist(shell);
  return undefined;
}

/** Something runs later by itself. */
function persist(shell: Shell): void {
  shell.file(plain("/etc/systemd/system/"), ["update"]);
}

/** Accounts, rights, services, timers, disks, processes and places of credentials. */
export const SYSTEM: Family = {
  chmod: { takes: "--reference", also: chmod },
  setfacl: {
    standing: "grave",
    takes: "-m -x -M -X --modify --remove --restore",
    also: (_, shell, read) => {
      for (const file of read.operands)
        shell.file(file, ["grant"], { recursive: hasOption(read, "-R", "--recursive") });
      return undefined;
    },
  },
  ...same("chown chgrp chattr setcap chcon icacls", {
    standing: "grave",
    takes: "-m -x --reference",
    also: (_, shell, read) => {
      for (const file of read.operands.slice(1))
        shell.file(file, ["grant"], { recursive: hasOption(read, "-R", "--recursive") });
      return undefined;
    },
  }),
  ...same(
    "useradd adduser usermod userdel groupadd gpasswd passwd chpasswd visudo groupdel deluser addgroup dscl net vipw chsh newgrp",
    {
      standing: "grave",
      also: ({ name }, shell, { operands }) => (
        shell.object("grant", "account", `${name} ${operands.at(-1)?.text ?? ""}`, EVERYTHING),
        undefined
      ),
    },
  ),
  ...same(
    "systemctl launchctl service initctl rc-service rc-update update-rc.d chkconfig supervisorctl pm2 sc",
    { standing: "grave", takes: "-t --type -n -p", also: changesService },
  ),
  crontab: {
    standing: "grave",
    takes: "-u",
    also: (_, shell, read) => {
      if (hasOption(read, "-l")) return undefined;
      for (const file of read.operands) if (file.text !== "-") shell.file(file, ["read"]);
      shell.file(plain("/var/spool/cron/crontab"), hasOption(read, "-r") ? ["delete"] : WRITE);
      return undefined;
    },
  },
  ...same("at batch atd", {
    standing: "grave",
    also: ({ input }, shell) => {
      shell.file(plain("/var/spool/cron/atjobs"), WRITE);
      if (input.text !== null) shell.script(input);
      return undefined;
    },
  }),
  ...same("pkill killall xkill fuser skill", {
    standing: "grave",
    takes: "-u -g -G -P -t -s --signal -U",
    also: (_, shell, { operands }) => (
      shell.object("delete", "process", operands.at(-1)?.text ?? "*"), undefined
    ),
  }),
  ...same("shutdown reboot halt poweroff init telinit", {
    standing: "grave",
    also: ({ name }, shell) => (shell.object("delete", "machine", name), undefined),
  }),
  dd: {
    also: ({ args }, shell) => {
      for (const arg of args) {
        const found = /^(if|of)=(.*)$/s.exec(arg.text);
        if (found !== null)
          shell.file({ ...arg, text: found[2] ?? "" }, found[1] === "if" ? ["read"] : WRITE);
      }
      return undefined;
    },
  },
  ...same(
    "mkfs mkfs.ext4 mkfs.ext3 mkfs.ext2 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkswap wipefs fdisk sfdisk gdisk sgdisk parted cfdisk blkdiscard hdparm badblocks diskutil lvremove vgremove pvremove zpool zfs mdadm cryptsetup format",
    {
      standing: "grave",
      also: ({ name }, shell, read) => {
        if (
          hasOption(read, "-l", "--list") ||
          read.operands.some(({ text }) => /^(list|status|info|get)$/.test(text))
        )
          return undefined;
        shell.object("delete", "disk", `${name} ${read.operands.at(-1)?.text ?? ""}`);
        return undefined;
      },
    },
  ),
  ...same("lsblk blkid findmnt lspci lsusb dmesg journalctl sensors", {
    takes: "-u -n -o --since --until -f",
  }),
  ...same(
    "mount umount swapon swapoff losetup modprobe insmod rmmod sysctl kexec ldconfig setenforce auditctl",
    {
      standing: "grave",
      also: ({ name, args }, shell) => (
        args.length === 0 || (name === "sysctl" && !args.some(({ text }) => /=|^-w$/.test(text)))
          ? undefined
          : shell.object("configure", "machine", name),
        undefined
      ),
    },
  ),
  ...same("gpg gpg2", {
    standing: "grave",
    takes: "-o --output -u -r --recipient --keyserver",
    options: { "-o": "write", "--output": "write" },
    also: ({ input }, shell, read) => {
      if (
        hasOption(
          read,
          "--export-secret-keys",
          "--export-secret-subkeys",
          "-d",
          "--decrypt",
          "--export-ownertrust",
        )
      )
        shell.secret("gpg key");
      if (hasOption(read, "--recv-keys", "--import", "--keyserver", "--send-keys")) shell.unknown();
      for (const file of read.operands) if (/[./]/.test(file.text)) shell.file(file, ["read"]);
      return { text: null, network: input.network, decoded: true };
    },
  }),
  ...same(
    "security secret-tool pass op bw lpass keyring vault gopass chamber doppler keepassxc-cli lastpass aws-vault sops age ssh-add ssh-keyscan kwallet-query cmdkey infisical",
    {
      standing: "grave",
      also: ({ name }, shell, read) => (
        hasOption(read, "--version", "--help", "--status") ? undefined : shell.secret(name),
        undefined
      ),
    },
  ),
  "ssh-keygen": { standing: "grave", takes: "-t -b -C -N", options: { "-f": "write" } },
  "ssh-copy-id": {
    standing: "grave",
    takes: "-i -p",
    operands: ["host"],
    also: (_, shell) => (shell.object("grant", "account", "remote", EVERYTHING), undefined),
  },
  ...same("xclip xsel pbpaste wl-paste", {
    standing: "grave",
    also: (_, shell, read) => (
      hasOption(read, "-o", "-out", "--output") ? shell.secret("clipboard") : undefined, undefined
    ),
  }),
  ...same("pbcopy wl-copy open xdg-open say notify-send", {
    operands: ["text"],
    also: (_, shell, { operands }) => {
      for (const operand of operands) if (/^https?:/.test(operand.text)) shell.url(operand, "GET");
      return undefined;
    },
  }),
  ...same("tcpdump tshark wireshark dumpcap gdb lldb gcore screencapture scrot", {
    standing: "grave",
    options: { "-w": "write" },
    also: (_, shell) => (shell.unknown(), undefined),
  }),
  defaults: {
    standing: "grave",
    sub: { ...same("read find domains", {}) },
    otherwise: {
      standing: "grave",
      also: (_, shell) => (shell.object("configure", "machine", "defaults"), undefined),
    },
  },
  ...same("tmux screen", {
    standing: "grave",
    sub: { ...same("ls list-sessions attach a kill-session -ls -V", {}) },
    otherwise: { standing: "grave", also: (_, shell) => (shell.unknown(), undefined) },
  }),
  ...same("claude codex gemini aider goose opencode cursor-agent amp", {
    standing: "grave",
    flags: {},
    also: (_, shell, read) => {
      if (hasOption(read, "--version", "-v", "--help", "-h")) return undefined;
      shell.unknown(
        read.options.some(({ name }) =>
          /dangerous|yolo|bypass|skip-permissions|full-auto/i.test(name),
        )
          ? ["sandbox.bypass"]
          : [],
      );
      return undefined;
    },
  }),
  bylaw: {
    standing: "grave",
    sub: { ...same(READING_COMMANDS, { standing: "known" }) },
    otherwise: {
      standing: "grave",
      also: ({ args }, shell) => (
        shell.object("configure", "bylaw", `bylaw ${args[0]?.text ?? ""}`), undefined
      ),
    },
  },
};
