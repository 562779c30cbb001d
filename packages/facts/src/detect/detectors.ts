import type { Detector } from "./detector.ts";
import { encodedText } from "./encoded/text.ts";
import { dns } from "./exfiltration/dns.ts";
import { image } from "./exfiltration/image.ts";
import { sink } from "./exfiltration/sink.ts";
import { urlData } from "./exfiltration/url-data.ts";
import { bidi } from "./hidden/bidi.ts";
import { homoglyphs } from "./hidden/homoglyphs.ts";
import { tags } from "./hidden/tags.ts";
import { terminal } from "./hidden/terminal.ts";
import { variation } from "./hidden/variation.ts";
import { zeroWidth } from "./hidden/zero-width.ts";
import { addressed } from "./instruction/addressed.ts";
import { override } from "./instruction/override.ts";
import { role } from "./instruction/role.ts";
import { secrecy } from "./instruction/secrecy.ts";
import { birth } from "./personal/birth-date.ts";
import { card } from "./personal/card.ts";
import { cpfBr } from "./personal/cpf-br.ts";
import { dniEs } from "./personal/dni-es.ts";
import { email } from "./personal/email.ts";
import { iban } from "./personal/iban.ts";
import { nirFr } from "./personal/nir-fr.ts";
import { peselPl } from "./personal/pesel-pl.ts";
import { phone } from "./personal/phone.ts";
import { residentCn } from "./personal/resident-cn.ts";
import { ssnUs } from "./personal/ssn-us.ts";
import { taxDe } from "./personal/tax-de.ts";

/** Every detector but those of secrets, which share one pass. */
export const DETECTORS: readonly Detector[] = [
  tags,
  bidi,
  zeroWidth,
  variation,
  terminal,
  homoglyphs,
  encodedText,
  override,
  role,
  secrecy,
  addressed,
  image,
  dns,
  sink,
  urlData,
  email,
  phone,
  birth,
  iban,
  card,
  ssnUs,
  taxDe,
  nirFr,
  dniEs,
  cpfBr,
  peselPl,
  residentCn,
];
