import type { Action } from "@bylaw/core";
import { WRITE } from "../files/effects.ts";
import { fromBase64, fromHex } from "./programs/decode.ts";

/** What plainly stands in a program's text. It is never all that the program does. */
export interface ForeignReading {
  readonly paths: readonly {
    readonly text: string;
    readonly actions: readonly Action[];
    readonly recursive: boolean;
  }[];
  readonly urls: readonly string[];
  /** Shell texts that it starts. */
  readonly commands: readonly string[];
  /** SQL that it hands to some database. */
  readonly statements: readonly string[];
  /** Variables of the environment that it reads. */
  readonly variables: readonly string[];
  /** Only prints and computes: every word in it is on a short list. */
  readonly harmless: boolean;
}

/** Shells and launchers of another family: their text is not read. */
export function foreign(name: string): boolean {
  return /^(powershell|pwsh|cmd|wscript|cscript|mshta|rundll32|regsvr32|certutil|bitsadmin|schtasks|wmic|reg)(\.exe)?$|\.(exe|bat|cmd|ps1|com)$|^(Get|Set|New|Remove|Invoke|Start|Stop|Add|Copy|Move|Clear|Out|Write|Import|Export)-[A-Z]\w+$|^(iwr|iex|irm)$|\\/i.test(
    name,
  );
}

const STRING = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
const STARTS =
  /\b(system|popen|exec\w*|spawn\w*|shell_exec|passthru|check_output|check_call|getoutput|Popen|run|call|subprocess|child_process|backticks|qx)\b|%x/;
const CHANGES = /\b(unlink\w*|rm|rmSync|rmtree|rmdir\w*|remove\w*|removedirs|delete|rm_rf|rm_r)\b/;
const WRITES =
  /\b(write\w*|append\w*|copy\w*|rename\w*|move|chmod\w*|symlink\w*|mkdir\w*|makedirs|createWriteStream|fwrite|file_put_contents|touch|truncate)\b|open\s*\(?[^)]*,\s*['"]?[wa+>]/;

const SQL =
  /^\s*(delete\s+from|drop\s+(table|schema|database|view|user|role)|truncate|update\s+\S+\s+set|insert\s+into|alter\s+(table|role|user)|grant\s|revoke\s|select\s.+\sfrom\s)/i;

/** What a string says behind hexadecimal or base64, where it is text. */
function decoded(text: string): readonly string[] {
  const hex = text.replaceAll("\\x", "");
  const found = /^([0-9a-f]{2}){4,}$/i.test(hex)
    ? fromHex(hex)
    : /^[A-Za-z0-9+/]{8,}={0,2}$/.test(text)
      ? fromBase64(text)
      : null;
  return found !== null && /^[\x20-\x7e\t\r\n]+$/.test(found) ? [found] : [];
}

/** Reads one-liners of Python, JavaScript, Perl, Ruby and PHP by their strings and calls. */
export function readForeign(language: string, text: string): ForeignReading {
  const written = [...text.matchAll(STRING)].map((found) => found[1] ?? found[2] ?? found[3] ?? "");
  const strings = [...written, ...written.flatMap(decoded)];
  const starts = STARTS.test(text);
  const actions: Action[] = ["read"];
  if (WRITES.test(text)) actions.push(...WRITE);
  if (CHANGES.test(text)) actions.push("delete");
  const urls = strings.filter((each) => /^(https?|wss?|ftp):\/\//i.test(each));
  const paths = strings
    .filter((each) => /^(~|\.{0,2}\/|[\w.-]+\/)[^\s:]*$|^\.?[\w-]+\.\w{1,12}$|^\.env/.test(each))
    .slice(0, 32)
    .map((each) => ({ text: each, actions, recursive: CHANGES.test(text) }));
  const statements = strings.filter((each) => SQL.test(each)).slice(0, 16);
  const commands = starts
    ? strings
        .filter((each) => !SQL.test(each))
        .filter((each) => /\s|^\w+$/.test(each.trim()))
        .slice(0, 16)
    : [];
  const inBackticks = /^(perl|ruby|php)/.test(language)
    ? [...text.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? "")
    : [];
  return {
    paths,
    urls,
    commands: [...commands, ...inBackticks],
    statements,
    variables: [
      ...text.matchAll(/(?:environ(?:\.get)?\W{1,3}|getenv\W{1,3}|env\.|ENV\W{1,3})(\w+)/g),
    ].map((found) => found[1] ?? ""),
    harmless: isHarmless(text, language.startsWith("python")),
  };
}

const HARMLESS =
  /^(console|log|error|print|puts|echo|require|JSON|json|stringify|parse|dumps|loads|load|process|versions?|argv|length|len|range|sys|stdin|stdout|platform|version_info|import|from|as|Math|max|min|abs|sum|sorted|map|filter|join|split|toString|Object|keys|values|entries|true|false|null|None|True|False|const|let|in|for|if|else|of|int|str|float|list|dict|set|open|read|node|v8|name|main|description|scripts|dependencies|devDependencies|type|exit|say|path|dirname|basename|os|arch|sqrt|pi|math|e|s|d|p|x|i|n|a|b|k|v|f|c|r|Date|now|datetime|time|date|isoformat|strftime|toISOString|new|resolve)$/;

/**
 * Every word outside of strings is on the list, and nothing reaches further by another road. What
 * `require` loads is a JSON file or a module that does nothing by itself.
 */
function isHarmless(text: string, indexes: boolean): boolean {
  // In JavaScript `x["constructor"]` is a road to everything.
  if (!indexes && /\[\s*['"]|['"]\s*[+\]]/.test(text)) return false;
  if (text.length > 500 || /`|\\|%x|__|\$\{|open\([^)]*,/.test(text)) return false;
  for (const [, , name] of text.matchAll(/\b(require|import|from)\b[\s('"]*([\w@./-]+)/g))
    if (
      !/^(\.{0,2}\/?[\w./-]+\.json|json|sys|platform|math|datetime|time|os|path)$/.test(name ?? "")
    )
      return false;
  if (/\bos\s*\.\s*(?!path|arch|platform)/.test(text)) return false;
  return (text.replace(STRING, " ").match(/[A-Za-z_$][\w$]*/g) ?? []).every((word) =>
    HARMLESS.test(word),
  );
}
