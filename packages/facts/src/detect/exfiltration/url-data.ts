import { type Detector, matchesOf } from "../detector.ts";
import { shapeOf } from "../shape.ts";

const ID = "exfiltration.url-data";
const URL_PATTERN = /\bhttps?:\/\/[^\s"'`<>\\)\]}]{12,4096}/gi;
const DATA_UNITS_MIN = 48;
/** Parameters whose long values every site has, and which the address itself needs. */
const OWN =
  /^(?:x-(?:amz|goog)-\w+|sig|signature|awsaccesskeyid|se|sv|sr|sp|token|state|code_challenge|utm_\w+|key-pair-id|policy|expires|hmac)$/i;

export const urlData: Detector = {
  id: ID,
  kind: "exfiltration",
  title: "Address that carries encoded data in its query, path or fragment",
  severity: "medium",
  mayHold: /:\/\/[^\s]{48}/,
  search: (text) => matchesOf(ID, URL_PATTERN, text, ([url]) => carriesData(url)),
};

function carriesData(url: string): boolean {
  const [place = "", query = ""] = url.split(/[?#](.*)/s, 2);
  const values = query.split("&").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at !== -1 && OWN.test(pair.slice(0, at)) ? [] : [pair.slice(at + 1)];
  });
  return [...values, ...place.split("/").slice(3)].some(isData);
}

/** Base64, hexadecimal or percent-encoded text, and no slug made of words. */
function isData(part: string): boolean {
  if (part.length < DATA_UNITS_MIN) return false;
  if ((part.match(/%[0-9a-f]{2}/gi)?.length ?? 0) * 6 >= part.length) return true;
  if (!/^[A-Za-z0-9+/_=-]+$/.test(part.replace(/%[0-9a-f]{2}/gi, ""))) return false;
  const { digits, lower, upper, changes, length } = shapeOf(part);
  return digits > 0 && lower + upper > 0 && changes * 4 >= length;
}
