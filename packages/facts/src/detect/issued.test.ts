import { expect, test } from "vitest";
import { secretScanner } from "./secrets.ts";
import { createRandom, HARMLESS, ISSUED, PLACES, spelled } from "./testdata/issued.ts";

const scan = secretScanner();
const ROUNDS = 3;

test("credentials of many issuers are found whole, in whatever file they stand", () => {
  const random = createRandom(20_261_121);
  const missed: string[] = [];
  for (const [name, recipe] of ISSUED)
    for (const place of PLACES) {
      const value = spelled(recipe, random);
      const low = name.toLowerCase();
      const camel = low.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      const named = place.replaceAll("NAME", name).replaceAll("name", low).replace("camel", camel);
      const start = named.indexOf("@");
      const found = scan(named.replace("@", () => value));
      if (!found.some((one) => one.start <= start && one.end >= start + value.length))
        missed.push(named.replace("@", () => value));
    }
  expect(missed).toEqual([]);
});

test("hashes, ids, locks, images and placeholders are not", () => {
  const random = createRandom(1_121);
  const texts = Array.from({ length: ROUNDS }, () => HARMLESS).flat();
  const wrong = texts.map((text) => spelled(text, random)).filter((text) => scan(text).length > 0);
  expect(wrong).toEqual([]);
});
