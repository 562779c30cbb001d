import type { Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { type Arguments, valueOf } from "./program.ts";

/** What a remote is: an address that may be anybody's, or a name from the repository's configuration. */
export function remote(arg: Arg | undefined, shell: Shell, method: string): void {
  if (arg === undefined || !/[:/]/.test(arg.text)) return;
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)/.exec(arg.text);
  if (/^ext::|^-|--upload-pack/.test(arg.text)) shell.unknown(["shell.nested-exec"]);
  else if (scp !== null) shell.host(plain(scp[1] ?? ""), 22);
  else if (/^[a-z+]+:\/\//i.test(arg.text))
    shell.url(
      {
        ...arg,
        text: arg.text.replace(/^(ssh|git)(\+ssh)?:/, "https:").replace(/\/\/[^/@]*@/, "//"),
      },
      method,
    );
  else shell.file(arg, ["read"]);
}

/** A folder full of what came over the network. */
export function clone(_: unknown, shell: Shell, read: Arguments): undefined {
  const [from, into] = read.operands;
  remote(from, shell, "GET");
  const name =
    from?.text
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .replace(/^.*[/:]/, "") ?? "";
  const folder = into ?? plain(name === "" ? "." : name);
  shell.file(folder, ["create"]);
  shell.downloaded(folder);
  for (const value of [
    valueOf(read, "-c", "--config"),
    valueOf(read, "-u", "--upload-pack"),
    valueOf(read, "--template"),
  ])
    if (value !== null) shell.unknown();
  return undefined;
}
