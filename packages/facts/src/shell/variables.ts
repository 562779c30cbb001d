import type { Arg } from "./expand.ts";

/** Names under which programs expect credentials. */
export function isSecretVariable(name: string): boolean {
  return /(^|_)(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT)(_|$)|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SECRET_?KEY|AUTH_?TOKEN/i.test(
    name,
  );
}

/** Variables whose value some program later runs as a shell text. */
export function runsItsValue(name: string): boolean {
  return /^(GIT_(SSH_COMMAND|EDITOR|PAGER|EXTERNAL_DIFF|ASKPASS|SEQUENCE_EDITOR)|PROMPT_COMMAND|PAGER|EDITOR|VISUAL|LESSOPEN|LESSCLOSE|MANPAGER|BROWSER|SSH_ASKPASS|SUDO_ASKPASS)$/.test(
    name,
  );
}

const LOADERS =
  /^(LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|BASH_ENV|ENV|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PERL5LIB|PERL5OPT|RUBYOPT|RUBYLIB|NODE_PATH|JAVA_TOOL_OPTIONS|GIT_EXEC_PATH|GIT_CONFIG\w*|GIT_SSH|GIT_DIR|GIT_TEMPLATE_DIR|npm_config_\w+|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|http_proxy|https_proxy|HTTPS?_PROXY|ALL_PROXY|SHELLOPTS|BASHOPTS|PS4|HISTFILE|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|ANTHROPIC_BASE_URL|OPENAI_BASE_URL)$/;

/** Whether a variable with this value makes other programs load code, or talk to somebody else. */
export function isDangerousVariable(name: string, { text }: Arg): boolean {
  if (name === "PATH") return !text.split(":").every(isProgramFolder);
  if (name === "NODE_OPTIONS")
    return !/^(\s*--(max[-_]old[-_]space[-_]size=\d+|enable-source-maps|no-warnings|trace-warnings))*\s*$/.test(
      text,
    );
  return LOADERS.test(name);
}

/** Where only an administrator or a package manager puts programs, or what is there already. */
function isProgramFolder(folder: string): boolean {
  return /^(\$\{PATH\}|(\/usr(\/local)?|\/opt\/homebrew)?\/s?bin|.*\/node_modules\/\.bin|.*\/\.(cargo|local)\/bin)$/.test(
    folder,
  );
}
