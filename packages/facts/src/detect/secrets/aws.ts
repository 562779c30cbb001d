import { BASE32, BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const aws: ProviderRule = {
  id: "secret.aws",
  kind: "secret",
  title: "AWS access key, Bedrock key or session token",
  severity: "critical",
  formats: [
    ["AKIA", run(BASE32, 16)],
    ["ASIA", run(BASE32, 16)],
    ["ABIA", run(BASE32, 16)],
    ["ACCA", run(BASE32, 16)],
    ["ABSK", run(BASE64, 100, 280)],
    ["bedrock-api-key-", run(BASE64, 100, 2000)],
    ["IQoJb3JpZ2lu", run(BASE64, 80, 2000)],
    ["FwoGZXIvYXdz", run(BASE64, 80, 2000)],
  ],
};
