import { EvaluationFailure } from "./errors.ts";
import { toLong } from "./long.ts";
import type { DecimalValue } from "./value.ts";

const DECIMAL = /^(-?)(\d+)\.(\d{1,4})$/;

/** `-?digits.digits` with one to four fraction digits, as ten-thousandths in 64 bits. */
export function parseDecimal(text: string): DecimalValue {
  const found = DECIMAL.exec(text);
  if (found === null) throw new EvaluationFailure("extension", `\`${text}\` is not a decimal`);
  const [, sign = "", whole = "", fraction = ""] = found;
  return { kind: "decimal", units: toLong(BigInt(sign + whole + fraction.padEnd(4, "0"))) };
}
