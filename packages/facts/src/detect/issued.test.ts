import { expect, test } from "vitest";
import { secretScanner } from "./secrets.ts";
import { createRandom, HARMLESS, ISSUED, PLACES, spelled } from "./testdata/issued.ts";

const scan = secretScanner();
const ROUNDS = 3;

/** Shares that the product promises: of credentials found whole, and of harmless texts reported. */
const RECALL_MIN = 0.97;
const FALSE_MAX = 0.01;

test("credentials of many issuers are found whole, in whatever file they stand", () => {
  const random = createRandom(20_261_121);
  const missed: string[] = [];
  let all = 0;
  for (const [name, recipe] of ISSUED)
    for (const place of PLACES) {
      const value = spelled(recipe, random);
      const low = name.toLowerCase();
      const camel = low.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      const named = place.replaceAll("NAME", name).replaceAll("name", low).replace("camel", camel);
      const start = named.indexOf("@");
      const found = scan(named.replace("@", () => value));
      all += 1;
      if (!found.some((one) => one.start <= start && one.end >= start + value.length))
        missed.push(named.replace("@", () => value));
    }
  expect(missed.length / all, missed.join("\n")).toBeLessThan(1 - RECALL_MIN);
});

test("hashes, ids, locks, images and placeholders are not", () => {
  const random = createRandom(1_121);
  const texts = Array.from({ length: ROUNDS }, () => HARMLESS).flat();
  const wrong = texts.map((text) => spelled(text, random)).filter((text) => scan(text).length > 0);
  expect(wrong.length / texts.length, wrong.join("\n")).toBeLessThan(FALSE_MAX);
});
