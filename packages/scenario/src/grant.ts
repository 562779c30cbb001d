import type { Grant } from "./scenario.ts";

/** A grant as the policy that it is: a permit with an owner and an end. */
export function grantPolicy(id: string, grant: Grant): string {
  const { to, may, on, by, until, uses, when } = grant;
  const annotations = [
    `@id(${quoted(id)})`,
    "@grant",
    `@owner(${quoted(`User::${quoted(by)}`)})`,
    ...(until === undefined ? [] : [`@expires(${quoted(until)})`]),
    ...(uses === undefined ? [] : [`@uses(${quoted(String(uses))})`]),
  ];
  const place = grant.in === undefined ? "" : ` in ${entity(grant.in)}`;
  const head = `permit (principal in ${entity(to)}, action in [${may.map((one) => `Action::"${one}"`).join(", ")}], resource is ${on}${place})`;
  const conditions = [
    ...(until === undefined ? [] : [`context.now < datetime(${quoted(until)})`]),
    ...(when === undefined ? [] : [`(${when})`]),
  ];
  const clause = conditions.length === 0 ? "" : `\nwhen { ${conditions.join(" && ")} }`;
  return `${annotations.join(" ")}\n${head}${clause};\n`;
}

/** `Type::id` as Cedar writes it. */
function entity(text: string): string {
  const at = text.indexOf("::");
  return `${text.slice(0, at)}::${quoted(text.slice(at + 2))}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
