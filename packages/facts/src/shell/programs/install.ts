import type { Shell } from "../call.ts";
import { type Arguments, hasOption, type Program, valueOf } from "./program.ts";

/** A package by its name and version; anything with a road in it comes from there. */
export function installs(ecosystem: string, takes = ""): Program {
  return {
    takes: `--registry --prefix --cache -i --index-url --extra-index-url -f --find-links -t --target -w --workspace --filter --features --version --tag -c --constraint --python -p --platform --root --git --branch --rev ${takes}`,
    options: { "-r": "read", "--requirement": "read" },
    also: (_, shell, read) => (install(ecosystem, shell, read), undefined),
  };
}

/** Makes a package public, which cannot be taken back. */
export function publishes(ecosystem: string): Program {
  return {
    standing: "grave",
    takes: "--tag --access --otp --registry --auth-type",
    operands: ["read"],
    also: (_, shell, read) => (
      hasOption(read, "--dry-run", "-n") ? undefined : shell.publish(ecosystem, "package"),
      undefined
    ),
  };
}

export function install(ecosystem: string, shell: Shell, read: Arguments): void {
  for (const source of [
    "--registry",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--git",
  ]) {
    const value = valueOf(read, source);
    if (value !== null && /:\/\//.test(value.text)) shell.url(value, "GET");
  }
  if (read.operands.length === 0) shell.install(ecosystem, "*");
  for (const operand of read.operands) {
    const { text } = operand;
    if (/^(git\+)?[a-z+]+:\/\//i.test(text))
      shell.url(
        { ...operand, text: text.replace(/^git\+/, "").replace(/^ssh:\/\/(git@)?/, "https://") },
        "GET",
      );
    else if (/^(\.|\/|~|file:)/.test(text))
      shell.file({ ...operand, text: text.replace(/^file:/, "") }, ["read"]);
    const [, name = text, version] =
      /^((?:@[^/@]+\/)?[^@=<>~!]+)(?:@|[=<>~!]=?=?)?(.*)$/.exec(text) ?? [];
    shell.install(ecosystem, name, { pinned: /^v?\d+\.\d+/.test(version ?? "") });
  }
}
