import { isPlaceholder } from "./evidence.ts";
import type { Finding, Rule } from "./rule.ts";

export const webhook: Rule = {
  id: "secret.webhook",
  kind: "secret",
  title: "Address that lets whoever knows it post or trigger",
  severity: "high",
};

const URL_UNITS_MAX = 2_048;

/** Host, and what the path or query must begin with for the address to carry its own credential. */
const SHAPES: readonly RegExp[] = [
  /^hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/]{20}/,
  /^(?:\w{1,10}\.)?discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{10,20}\/[\w-]{20}/,
  /^[\w-]{1,63}\.webhook\.office\.com\/webhookb2\/[\w@-]{20}/,
  /^[\w.-]{1,100}\.logic\.azure\.com[:/][^\s]{0,400}[?&]sig=[\w-]{20}/,
  /^hooks\.zapier\.com\/hooks\/(?:catch|standard)\/\d{3,12}\/\w{5}/,
  /^chat\.googleapis\.com\/v1\/spaces\/[^\s]{1,200}[?&]key=[\w-]{20}/,
  /^api\.telegram\.org\/bot\d{6,12}:[\w-]{30}/,
  /^open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook\/[\w-]{20}/,
  /^qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/send\?key=[\w-]{20}/,
  /^oapi\.dingtalk\.com\/robot\/send\?access_token=\w{30}/,
  /^maker\.ifttt\.com\/trigger\/[^\s]{1,200}\/key\/[\w-]{15}/,
  /^hook\.(?:\w{1,4}\.)?make\.com\/\w{20}/,
  /^hooks\.airtable\.com\/workflows\/[^\s]{20}/,
  /^discord\.com\/api\/interactions\/[^\s]{30}/,
];

/** In: where `://` stands. Out: the address from its scheme to its end. */
export function webhookAt(text: string, at: number): Finding | null {
  const scheme = /https?$/.exec(text.slice(Math.max(0, at - 5), at))?.[0];
  if (scheme === undefined) return null;
  const rest = /^[^\s"'`<>\\)\]}]*/.exec(text.slice(at + 3, at + 3 + URL_UNITS_MAX))?.[0] ?? "";
  if (!SHAPES.some((shape) => shape.test(rest)) || isPlaceholder(rest)) return null;
  return { rule: webhook.id, start: at - scheme.length, end: at + 3 + rest.length };
}
