import { stem } from "./stem.ts";

/** A word of a prompt and what stands around it. */
export interface Token {
  readonly raw: string;
  readonly word: string;
  readonly stem: string;
  /** First of a sentence or clause. */
  readonly opens: boolean;
  /** Behind a comma: what opens there may be the next thing of a list. */
  readonly listed: boolean;
  readonly at: number;
  /** Part of a URL, a host or a mail address. */
  readonly address: boolean;
  /** Part of an identifier, `onboarding.flow_v3`: no word of a sentence. */
  readonly named: boolean;
}

const TOKEN = /[\p{L}\p{N}]+(?:[-'][\p{L}\p{N}]+)*/gu;

const ADDRESS =
  /[a-z][a-z0-9+.-]{1,15}:\/\/\S{1,2048}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}\b(?:\/\S{0,2048})?/gi;

/** Runs that join words by a dot, a low line or a colon, as code and settings do. */
const IDENTIFIER =
  /(?<![\p{L}\p{N}])(?:[a-z][a-z0-9]{0,63}(?:(?:[_:]{1,2}|\.(?=[a-z0-9]))[a-z0-9]{1,64}){1,8}|(?=[\w./-]{0,256}?[-_.\d])[\w.-]{1,64}(?:\/[\w.-]{1,64}){1,8})(?![\p{L}\p{N}])/giu;

/** The words of a prompt in order. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const isAddress = within(source, ADDRESS);
  const isNamed = within(source, IDENTIFIER);
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    const gap = source.slice(end, match.index);
    const opens =
      tokens.length === 0 || /[.!?;:,]["'\])]*\s|[\n()"]/.test(gap) || /(?:^|\s)'|\d\)/.test(gap);
    end = match.index + match[0].length;
    const parts = match[0].split("-");
    parts.forEach((part, at) => {
      const word = part.toLowerCase().replace(/'(?:s|ll|m|re|ve|d)$/, "");
      if (word !== "")
        tokens.push({
          raw: part,
          word,
          stem: stem(word),
          opens: opens && at === 0,
          listed: /^\s*,/.test(gap) && at === 0,
          at: match.index,
          address: isAddress(match.index),
          named: isNamed(match.index),
        });
    });
  }
  return tokens;
}

/** Whether a place is in one of the matches; places are asked about in order. */
function within(source: string, expression: RegExp): (at: number) => boolean {
  const runs = [...source.matchAll(expression)].map(({ index, 0: text }) => ({
    from: index,
    to: index + text.length,
  }));
  let next = 0;
  return (at) => {
    while (at >= (runs[next]?.to ?? Number.POSITIVE_INFINITY)) next += 1;
    return at >= (runs[next]?.from ?? Number.POSITIVE_INFINITY);
  };
}
