import { isArray, isObject, type Json, type JsonObject } from "@bylaw/core";
import { RULES } from "../detect/registry.ts";
import { scanner } from "../detect/scan.ts";
import { scanWindows } from "../detect/windows.ts";
import { DEFINITION_DEPTH_MAX, DEFINITION_FINDINGS_MAX } from "../limits.ts";
import { type DefinitionFinding, UNREAD } from "./rules.ts";

const scan = scanner(new Set(["hidden", "instruction", "exfiltration"]));

/**
 * What the texts of a definition hold, wherever they stand: a parameter's description, an enum value and
 * a key of a schema reach the model as well as the description does. One finding per rule and place.
 */
export function textFindings(definition: JsonObject): readonly DefinitionFinding[] {
  const found = new Map<string, DefinitionFinding>();
  const add = (rule: string, path: string): void => {
    const { severity } = RULES.get(rule) ?? UNREAD;
    found.set(`${path} ${rule}`, { rule, severity, path, about: "" });
  };
  const look = (text: string, path: string): void => {
    const { findings, complete } = scanWindows(text, scan);
    for (const { rule } of findings) add(rule, path);
    if (!complete) add(UNREAD.id, path);
  };
  const walk = (value: Json, path: string, depth: number): void => {
    if (found.size > DEFINITION_FINDINGS_MAX) return;
    if (typeof value === "string") return look(value, path);
    if (typeof value !== "object" || value === null) return;
    if (depth > DEFINITION_DEPTH_MAX) return add(UNREAD.id, path);
    if (isArray(value)) return value.forEach((item, at) => walk(item, `${path}/${at}`, depth + 1));
    if (!isObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      const inside = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      look(key, inside);
      walk(member, inside, depth + 1);
    }
  };
  walk(definition, "", 0);
  const all = [...found.values()];
  if (all.length <= DEFINITION_FINDINGS_MAX) return all;
  const rest: DefinitionFinding = {
    rule: UNREAD.id,
    severity: UNREAD.severity,
    path: "",
    about: "",
  };
  return [...all.slice(0, DEFINITION_FINDINGS_MAX - 1), rest];
}
