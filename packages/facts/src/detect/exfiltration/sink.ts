import { type Detector, matchesOf } from "../detector.ts";

const ID = "exfiltration.sink";
const PATTERN =
  /\b(?:[a-z0-9-]{1,63}\.){0,4}(?:webhook\.site|requestbin\.(?:com|net)|m\.pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|oast\.(?:fun|live|me|online|pro|site|us)|interact\.sh|burpcollaborator\.net|oastify\.com|beeceptor\.com|hookbin\.com|requestcatcher\.com|dnslog\.cn|ceye\.io|canarytokens\.(?:com|org)|trycloudflare\.com|loca\.lt|serveo\.net|pastebin\.com|transfer\.sh|file\.io|0x0\.st)\b(?:\/[^\s"'<>)]{0,512})?/gi;

export const sink: Detector = {
  id: ID,
  kind: "exfiltration",
  title: "Address of a service that shows strangers whatever is sent to it",
  severity: "high",
  mayHold:
    /webhook\.site|requestbin|pipedream|ngrok|oast|interact\.sh|burpcollab|beeceptor|hookbin|requestcatcher|dnslog|ceye|canarytokens|trycloudflare|loca\.lt|serveo|pastebin|transfer\.sh|file\.io|0x0\.st/i,
  search: (text) => matchesOf(ID, PATTERN, text),
};
