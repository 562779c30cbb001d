import { WRITE } from "../../files/effects.ts";
import type { Call, Shell } from "../call.ts";
import { type Arg, contentOf, plain } from "../expand.ts";
import { type Content, DOWNLOADED, known, UNKNOWN } from "../state.ts";
import { copied } from "./copies.ts";
import {
  type Arguments,
  type Family,
  hasOption,
  nameOf,
  part,
  same,
  valueOf,
  within,
} from "./program.ts";

const CURL_TAKES =
  "-A -b -e -H -m -u -U -x -X -w -r -C -Y -y -z -E -P -Q --user-agent --cookie --referer --header --max-time --connect-timeout --user --proxy --request --write-out --range --retry --retry-delay --cert --key --cacert --resolve --connect-to --interface --limit-rate --url-query --max-redirs --oauth2-bearer --proto --tlsv1 --ciphers --aws-sigv4 --output-dir";
const CURL_DATA = [
  "-d",
  "--data",
  "--data-binary",
  "--data-ascii",
  "--data-raw",
  "--data-urlencode",
  "--json",
  "-F",
  "--form",
  "--form-string",
];

function curl({ input }: Call, shell: Shell, read: Arguments): Content {
  const data = read.options.filter(({ name }) => CURL_DATA.includes(name));
  const uploads = read.options.filter(({ name }) => name === "-T" || name === "--upload-file");
  for (const { name, value } of data) {
    const file = /^(?:@|<|[^=@]*[=@][@<]|[\w.-]+@(?=[./~\w-]+$))(.+)$/s.exec(value?.text ?? "");
    if (
      value !== null &&
      file !== null &&
      name !== "--data-raw" &&
      name !== "--form-string" &&
      file[1] !== "-"
    )
      shell.file({ ...value, text: (file[1] ?? "").replace(/;.*$/, "") }, ["read"]);
  }
  for (const { value } of uploads)
    if (value !== null && value.text !== "-") shell.file(value, ["read"]);
  const asked = valueOf(read, "-X", "--request");
  const get = hasOption(read, "-G", "--get", "-I", "--head");
  const method =
    asked === null
      ? uploads.length > 0
        ? "PUT"
        : data.length > 0 && !get
          ? "POST"
          : "GET"
      : asked.known
        ? asked.text
        : null;
  const urls = [
    ...read.operands,
    ...read.options.flatMap(({ name, value }) =>
      name === "--url" && value !== null ? [value] : [],
    ),
  ];
  const local = urls.filter(({ text }) => /^file:/i.test(text));
  for (const url of local)
    shell.file({ ...url, text: url.text.replace(/^file:(\/\/[^/]*)?/i, "") }, ["read"]);
  const body = bodyOf(data, input, shell);
  for (const url of urls) if (!local.includes(url)) shell.url(url, method, body);
  // Headers and data are sent along with any method.
  if (method === "GET" && (data.length > 0 || (input.text === null && data.length > 0)))
    for (const url of urls) shell.url(url, "POST");
  if (urls.length === 0 && !hasOption(read, "--version", "-V", "--help", "-h")) shell.unknown();
  const output = valueOf(read, "-o", "--output");
  const named = hasOption(read, "-O", "--remote-name", "-J");
  const folder = valueOf(read, "--output-dir");
  const files = named ? urls.map((url) => lastOf(url)) : output === null ? [] : [output];
  for (const each of files) {
    const file = folder === null ? each : within(folder, each);
    shell.file(file, WRITE);
    shell.wrote(file, DOWNLOADED);
  }
  return files.length > 0 && output?.text !== "-" ? UNKNOWN : DOWNLOADED;
}

/** What is sent, where it is one text; undefined: nothing. */
function bodyOf(
  data: readonly { readonly name: string; readonly value: Arg | null }[],
  input: Content,
  shell: Shell,
): Content | undefined {
  const [first, ...others] = data;
  if (first === undefined) return undefined;
  const { name, value } = first;
  if (others.length > 0 || value === null || /^(-F|--form)/.test(name)) return UNKNOWN;
  if (name === "--data-raw" || !value.text.startsWith("@")) return contentOf(value);
  return value.text === "@-" ? input : shell.content(part(value, 1));
}

/** The name under which a download is kept. */
function lastOf(url: Arg): Arg {
  const name =
    /^[^?#]*\/([^/?#]+)(?:[?#].*)?$/.exec(url.text.replace(/^[a-z]+:\/\//, ""))?.[1] ??
    "index.html";
  return { ...url, text: name };
}

function wget(_: Call, shell: Shell, read: Arguments): Content {
  const post = valueOf(read, "--post-file", "--body-file");
  if (post !== null) shell.file(post, ["read"]);
  const sends = post !== null || hasOption(read, "--post-data", "--body-data");
  const method = valueOf(read, "--method")?.text ?? (sends ? "POST" : "GET");
  for (const url of read.operands) shell.url(url, method);
  const output = valueOf(read, "-O", "--output-document");
  // `-qO-` and, as people mistype it, `-q0-`: standard output.
  if (output?.text === "-" || hasOption(read, "-0")) return DOWNLOADED;
  const folder = valueOf(read, "-P", "--directory-prefix");
  const names = read.operands.map(lastOf);
  const inFolder = folder === null ? names : names.map((name) => within(folder, name));
  // The folder is not for a file that is named.
  for (const file of output === null ? inFolder : [output]) {
    shell.file(file, WRITE);
    shell.wrote(file, DOWNLOADED);
  }
  if (hasOption(read, "-r", "-m", "--recursive", "--mirror"))
    shell.downloaded(folder ?? plain("."));
  return DOWNLOADED;
}

/** `scp`, `rsync`: an operand with a colon is on another machine. */
function copies({ name }: Call, shell: Shell, read: Arguments): undefined {
  const { operands } = read;
  operands.forEach((operand, at) => {
    const last = at === operands.length - 1;
    const host = /^(?:[a-z]+:\/\/)?(?:[^@/:]+@)?([\w.${}[\]-]+):/.exec(operand.text)?.[1];
    if (host !== undefined) {
      shell.host({ ...operand, text: host }, 22);
      return;
    }
    if (!last) shell.file(operand, ["read"]);
    else if (operands.length > 1) {
      const sources = operands.slice(0, -1);
      const remotes = sources.some(({ text }) => /^[^/]+:/.test(text));
      const deep = name !== "scp" || hasOption(read, "-r");
      if (remotes && deep) shell.copy(null, operand);
      else if (remotes) shell.file(operand, WRITE);
      else copied(sources, operand, { deep, slashes: true }, shell);
      for (const source of remotes ? sources : [])
        shell.file(within(operand, nameOf(withoutHost(source))), WRITE);
    }
    if (last && operands.some(({ text }) => /^[^/]+:/.test(text))) {
      shell.wrote(operand, DOWNLOADED);
      shell.downloaded(operand);
    }
    if (
      last &&
      hasOption(read, "--delete", "--delete-after", "--delete-before", "--delete-excluded")
    )
      shell.file(operand, ["delete"], { recursive: true });
    if (hasOption(read, "--remove-source-files") && !last) shell.file(operand, ["delete"]);
  });
  return undefined;
}

/** `host:file` as the file of that host. */
function withoutHost(source: Arg): Arg {
  return { ...source, text: source.text.replace(/^[^/]*:/, "") };
}

/** `name=value` and `name:=json` of HTTPie as the object that they make. */
function bodyOfItems(items: readonly Arg[]): Content {
  const found = items.flatMap(({ text }) => {
    const item = /^([\w.-]+)(:?=)(.*)$/s.exec(text);
    return item === null ? [] : [[item[1] ?? "", item[3] ?? ""]];
  });
  if (!items.every((item) => item.known)) return UNKNOWN;
  return known(JSON.stringify(Object.fromEntries(found)));
}

/** Names and data that go out as look-ups. */
function lookUp(_: Call, shell: Shell, { operands }: Arguments): undefined {
  for (const operand of operands) {
    if (/^\+|^(A|AAAA|ANY|CNAME|MX|NS|PTR|SOA|TXT|SRV|CAA|IN)$/i.test(operand.text)) continue;
    shell.host(operand.text.startsWith("@") ? part(operand, 1) : operand, 53);
  }
  return undefined;
}

/** Programs that talk to a network. */
export const NETWORK: Family = {
  curl: {
    takes: `${CURL_TAKES} ${CURL_DATA.join(" ")} --url -T --upload-file --abstract-unix-socket`,
    options: {
      "-o": "text",
      "--output": "text",
      "-K": "read",
      "--config": "read",
      "-c": "write",
      "--cookie-jar": "write",
      "-D": "write",
      "--dump-header": "write",
      "--trace": "write",
      // Who speaks to a socket may change whatever listens there.
      "--unix-socket": "write",
    },
    also: curl,
  },
  wget: {
    takes:
      "-U -e -t -T -w -Q -l -A -R -D -I -X -a -P --user-agent --header --tries --timeout --method --post-data --body-data --post-file --body-file --user --password --directory-prefix --accept --reject --level -O --output-document",
    options: { "-i": "read", "--input-file": "read", "-o": "write", "--use-askpass": "script" },
    also: wget,
  },
  ...same("http https xh httpie", {
    takes:
      "-a --auth --session --raw --auth-type -A --timeout --proxy --verify --cert --cert-key -p --print",
    options: { "-o": "write", "--output": "write" },
    output: "network",
    also: (_, shell, read) => {
      const { operands } = read;
      const [first, second] = operands;
      const named = first !== undefined && /^[A-Z]+$/.test(first.text);
      const url = named ? second : first;
      const items = operands.slice(named ? 2 : 1);
      for (const item of items) {
        const file = /[@](.+)$/.exec(item.text)?.[1];
        if (file !== undefined) shell.file({ ...item, text: file }, ["read"]);
      }
      const raw = valueOf(read, "--raw");
      const sends = items.length > 0 || raw !== null;
      const body = raw === null ? bodyOfItems(items) : contentOf(raw);
      if (url !== undefined)
        shell.url(url, named ? first.text : sends ? "POST" : "GET", sends ? body : undefined);
      return undefined;
    },
  }),
  ...same("aria2c axel", {
    takes: "-d -x -s -j -n",
    options: { "-o": "write", "--out": "write" },
    also: (_, shell, { operands }) => {
      for (const url of operands) {
        shell.url(url, "GET");
        shell.file(lastOf(url), WRITE);
        shell.wrote(lastOf(url), DOWNLOADED);
      }
      return undefined;
    },
  }),
  ...same("lynx links w3m elinks youtube-dl yt-dlp", {
    operands: ["url"],
    output: "network",
    takes: "-o -f",
  }),
  ...same("nc ncat netcat telnet", {
    standing: "grave",
    takes: "-p -w -s -q -i -X -x",
    options: { "-e": "script", "--exec": "script", "-c": "script", "--sh-exec": "script" },
    output: "network",
    also: (_, shell, read) => {
      const [host, port] = read.operands;
      if (host !== undefined && hasOption(read, "-U", "--unixsock")) shell.file(host, WRITE);
      else if (hasOption(read, "-l", "--listen")) shell.unknown();
      else if (host !== undefined) shell.host(host, Number(port?.text ?? 23) || 0);
      return undefined;
    },
  }),
  socat: {
    standing: "grave",
    takes: "-t -T -b",
    output: "network",
    also: (_, shell, { operands }) => {
      for (const operand of operands) {
        const found = /^(?:tcp|udp|openssl|ssl|sctp)\d?(?:-connect)?:([^:,]+):(\d+)/i.exec(
          operand.text,
        );
        const socket = /^(?:unix(?:-connect|-client|-sendto)?|gopen):([^,]+)/i.exec(operand.text);
        if (found !== null) shell.host({ ...operand, text: found[1] ?? "" }, Number(found[2]));
        else if (socket !== null) shell.file({ ...operand, text: socket[1] ?? "" }, WRITE);
        else if (/^(exec|system|shell):/i.test(operand.text))
          shell.script({ ...UNKNOWN, text: operand.text.replace(/^\w+:/, "").split(",")[0] ?? "" });
        else shell.unknown();
      }
      return undefined;
    },
  },
  sftp: {
    standing: "grave",
    takes: "-B -b -c -D -F -i -J -l -o -P -R -S -s -X",
    options: { "-b": "read", "-S": "script" },
    also: ({ input }, shell, { operands }) => {
      const [target] = operands;
      const host = /^(?:sftp:\/\/)?(?:[^@/]+@)?([\w.${}[\]-]+)/.exec(target?.text ?? "")?.[1];
      if (target !== undefined && host !== undefined) shell.host({ ...target, text: host }, 22);
      for (const [, verb, file = ""] of (input.text ?? "").matchAll(
        /^\s*-?(m?put|m?get)\s+(\S+)/gm,
      ))
        shell.file(plain(file), verb?.endsWith("put") === true ? ["read"] : WRITE);
      return undefined;
    },
  },
  ...same("scp rsync rclone-copy", {
    standing: "grave",
    takes:
      "-P -i -F -o -c -l -J -B --exclude --include --exclude-from --files-from --bwlimit --port -f --filter",
    options: { "-e": "script", "--rsh": "script", "-S": "script", "--rsync-path": "script" },
    also: copies,
  }),
  rsync: {
    takes:
      "--exclude --include --exclude-from --files-from --bwlimit --port -f --filter --log-file -T --timeout --max-size --chmod",
    options: { "-e": "script", "--rsh": "script", "--rsync-path": "script" },
    also: copies,
  },
  ...same("ftp lftp tftp", {
    standing: "grave",
    takes: "-u -p",
    options: { "-e": "unknown", "-c": "unknown" },
    operands: ["host"],
    output: "network",
  }),
  rclone: { standing: "grave", also: (_, shell) => (shell.unknown(), undefined) },
  ...same("dig nslookup host drill kdig delv", {
    takes: "-t -p -b -c -k -y -q -x -f",
    also: lookUp,
  }),
  ...same("ping ping6 traceroute tracepath mtr nmap whois arping", {
    takes: "-c -i -W -w -s -p -t -q -m",
    operands: ["host"],
  }),
  openssl: {
    sub: {
      ...same("s_client", {
        standing: "grave",
        takes: "-connect -servername -CAfile -cert -key",
        output: "network",
        also: ({ args }, shell) => {
          const at = args.findIndex(({ text }) => text === "-connect");
          const target = args[at + 1];
          if (at !== -1 && target !== undefined)
            shell.host(
              { ...target, text: target.text.replace(/:\d+$/, "") },
              Number(/:(\d+)$/.exec(target.text)?.[1] ?? 443),
            );
          else shell.unknown();
          return undefined;
        },
      }),
      ...same("version ciphers rand prime speed list help passwd", {}),
      ...same(
        "dgst x509 verify req asn1parse genrsa genpkey rsa pkey ec pkcs12 pkcs8 crl sha256 md5 dhparam ecparam",
        { also: ({ args }, shell) => files(args, shell) },
      ),
      ...same("enc base64 aes-256-cbc cms smime", {
        also: ({ args, input }, shell) => {
          files(args, shell);
          return { text: null, network: input.network, decoded: true };
        },
      }),
    },
  },
  ...same("ngrok cloudflared localtunnel lt bore frpc chisel tailscale", {
    standing: "grave",
    also: (_, shell) => (
      shell.object("publish", "tunnel", "local", { audience: "public" }), undefined
    ),
  }),
  ...same("mail mailx sendmail mutt msmtp swaks", {
    standing: "grave",
    takes: "-s -c -b -r -S",
    options: { "-a": "read", "-A": "read" },
    also: (_, shell, { operands }) => (
      shell.object("create", "mail", operands[0]?.text ?? "", { audience: "unknown" }), undefined
    ),
  }),
  ...same("ip ifconfig netstat ss route arp iwconfig nmcli", {
    also: ({ args }, shell) => {
      if (args.some(({ text }) => /^(add|del|delete|set|flush|change|replace|up|down)$/.test(text)))
        shell.object("update", "network", "interface");
      return undefined;
    },
  }),
  ...same("iptables ip6tables nft ufw pfctl firewall-cmd", {
    standing: "grave",
    also: (_, shell) => (shell.object("configure", "firewall", "rules"), undefined),
  }),
};

function files(args: readonly Arg[], shell: Shell): undefined {
  args.forEach(({ text }, at) => {
    const value = args[at + 1];
    if (value === undefined) return;
    if (/^-(in|inkey|key|CAfile|CA|cert|signkey)$/.test(text)) shell.file(value, ["read"]);
    if (/^-(out|keyout)$/.test(text)) shell.file(value, WRITE);
  });
  return undefined;
}
