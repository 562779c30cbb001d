import type { ProviderRule } from "../rule.ts";
import { onepassword } from "./1password.ts";
import { adafruit } from "./adafruit.ts";
import { adobe } from "./adobe.ts";
import { adyen } from "./adyen.ts";
import { age } from "./age.ts";
import { airtable } from "./airtable.ts";
import { aiven } from "./aiven.ts";
import { alibaba } from "./alibaba.ts";
import { amazonMws } from "./amazon-mws.ts";
import { anthropic } from "./anthropic.ts";
import { anyscale } from "./anyscale.ts";
import { apify } from "./apify.ts";
import { artifactory } from "./artifactory.ts";
import { atlassian } from "./atlassian.ts";
import { authress } from "./authress.ts";
import { aws } from "./aws.ts";
import { axiom } from "./axiom.ts";
import { azure } from "./azure.ts";
import { beamer } from "./beamer.ts";
import { braintree } from "./braintree.ts";
import { brevo } from "./brevo.ts";
import { browserbase } from "./browserbase.ts";
import { buildkite } from "./buildkite.ts";
import { cal } from "./cal.ts";
import { cerebras } from "./cerebras.ts";
import { checkly } from "./checkly.ts";
import { chromatic } from "./chromatic.ts";
import { circleci } from "./circleci.ts";
import { clickhouse } from "./clickhouse.ts";
import { clickup } from "./clickup.ts";
import { clojars } from "./clojars.ts";
import { cloudflare } from "./cloudflare.ts";
import { cloudflareTunnel } from "./cloudflare-tunnel.ts";
import { cockroach } from "./cockroach.ts";
import { contentful } from "./contentful.ts";
import { cratesio } from "./crates-io.ts";
import { cursor } from "./cursor.ts";
import { databricks } from "./databricks.ts";
import { datadog } from "./datadog.ts";
import { dbt } from "./dbt.ts";
import { defined } from "./defined.ts";
import { deno } from "./deno.ts";
import { depot } from "./depot.ts";
import { digitalocean } from "./digitalocean.ts";
import { discord } from "./discord.ts";
import { dnsimple } from "./dnsimple.ts";
import { docker } from "./docker.ts";
import { doppler } from "./doppler.ts";
import { dropbox } from "./dropbox.ts";
import { duffel } from "./duffel.ts";
import { dynatrace } from "./dynatrace.ts";
import { e2b } from "./e2b.ts";
import { easypost } from "./easypost.ts";
import { elevenlabs } from "./elevenlabs.ts";
import { facebook } from "./facebook.ts";
import { figma } from "./figma.ts";
import { firecrawl } from "./firecrawl.ts";
import { fireworks } from "./fireworks.ts";
import { flagsmith } from "./flagsmith.ts";
import { flutterwave } from "./flutterwave.ts";
import { flyio } from "./flyio.ts";
import { frameio } from "./frameio.ts";
import { gcp } from "./gcp.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { gocardless } from "./gocardless.ts";
import { grafana } from "./grafana.ts";
import { groq } from "./groq.ts";
import { harness } from "./harness.ts";
import { helicone } from "./helicone.ts";
import { heroku } from "./heroku.ts";
import { honeycomb } from "./honeycomb.ts";
import { hubspot } from "./hubspot.ts";
import { huggingface } from "./huggingface.ts";
import { infisical } from "./infisical.ts";
import { infracost } from "./infracost.ts";
import { inngest } from "./inngest.ts";
import { intercom } from "./intercom.ts";
import { intra42 } from "./intra42.ts";
import { ionic } from "./ionic.ts";
import { jina } from "./jina.ts";
import { jwt } from "./jwt.ts";
import { klaviyo } from "./klaviyo.ts";
import { langchain } from "./langchain.ts";
import { langfuse } from "./langfuse.ts";
import { laravel } from "./laravel.ts";
import { launchdarkly } from "./launchdarkly.ts";
import { linear } from "./linear.ts";
import { linkedin } from "./linkedin.ts";
import { liveKey } from "./live-key.ts";
import { lob } from "./lob.ts";
import { mailchimp } from "./mailchimp.ts";
import { mailersend } from "./mailersend.ts";
import { mailgun } from "./mailgun.ts";
import { mapbox } from "./mapbox.ts";
import { maxmind } from "./maxmind.ts";
import { mem0 } from "./mem0.ts";
import { mongodb } from "./mongodb.ts";
import { neon } from "./neon.ts";
import { netlify } from "./netlify.ts";
import { newrelic } from "./newrelic.ts";
import { notion } from "./notion.ts";
import { npm } from "./npm.ts";
import { nuget } from "./nuget.ts";
import { nvidia } from "./nvidia.ts";
import { octopus } from "./octopus.ts";
import { okta } from "./okta.ts";
import { onesignal } from "./onesignal.ts";
import { openai } from "./openai.ts";
import { openrouter } from "./openrouter.ts";
import { openshift } from "./openshift.ts";
import { paddle } from "./paddle.ts";
import { pagerduty } from "./pagerduty.ts";
import { perplexity } from "./perplexity.ts";
import { persona } from "./persona.ts";
import { pinecone } from "./pinecone.ts";
import { pinterest } from "./pinterest.ts";
import { plaid } from "./plaid.ts";
import { planetscale } from "./planetscale.ts";
import { polar } from "./polar.ts";
import { posthog } from "./posthog.ts";
import { postman } from "./postman.ts";
import { prefect } from "./prefect.ts";
import { pubnub } from "./pubnub.ts";
import { pulumi } from "./pulumi.ts";
import { pypi } from "./pypi.ts";
import { razorpay } from "./razorpay.ts";
import { readme } from "./readme.ts";
import { render } from "./render.ts";
import { replicate } from "./replicate.ts";
import { resend } from "./resend.ts";
import { retool } from "./retool.ts";
import { roboflow } from "./roboflow.ts";
import { rubygems } from "./rubygems.ts";
import { runpod } from "./runpod.ts";
import { salesforce } from "./salesforce.ts";
import { samsara } from "./samsara.ts";
import { scaleway } from "./scaleway.ts";
import { scalingo } from "./scalingo.ts";
import { sendgrid } from "./sendgrid.ts";
import { sentry } from "./sentry.ts";
import { settlemint } from "./settlemint.ts";
import { shippo } from "./shippo.ts";
import { shopify } from "./shopify.ts";
import { slack } from "./slack.ts";
import { snyk } from "./snyk.ts";
import { sonar } from "./sonar.ts";
import { sourcegraph } from "./sourcegraph.ts";
import { square } from "./square.ts";
import { statsig } from "./statsig.ts";
import { stripe } from "./stripe.ts";
import { stytch } from "./stytch.ts";
import { supabase } from "./supabase.ts";
import { tailscale } from "./tailscale.ts";
import { tavily } from "./tavily.ts";
import { telegram } from "./telegram.ts";
import { tencent } from "./tencent.ts";
import { terraform } from "./terraform.ts";
import { together } from "./together.ts";
import { trello } from "./trello.ts";
import { triggerDev } from "./trigger-dev.ts";
import { twilio } from "./twilio.ts";
import { twitter } from "./twitter.ts";
import { typeform } from "./typeform.ts";
import { unkey } from "./unkey.ts";
import { vault } from "./vault.ts";
import { vercel } from "./vercel.ts";
import { voyage } from "./voyage.ts";
import { wakatime } from "./wakatime.ts";
import { wandb } from "./wandb.ts";
import { webex } from "./webex.ts";
import { woocommerce } from "./woocommerce.ts";
import { xai } from "./xai.ts";
import { xata } from "./xata.ts";
import { yandex } from "./yandex.ts";
import { zoho } from "./zoho.ts";
import { zuplo } from "./zuplo.ts";

/** Every issuer whose form is public; the order does not matter. */
export const PROVIDERS: readonly ProviderRule[] = [
  onepassword,
  adafruit,
  adobe,
  adyen,
  age,
  airtable,
  aiven,
  alibaba,
  amazonMws,
  anthropic,
  anyscale,
  apify,
  artifactory,
  atlassian,
  authress,
  aws,
  axiom,
  azure,
  beamer,
  braintree,
  brevo,
  browserbase,
  buildkite,
  cal,
  cerebras,
  checkly,
  chromatic,
  circleci,
  clickhouse,
  clickup,
  clojars,
  cloudflare,
  cloudflareTunnel,
  cockroach,
  contentful,
  cratesio,
  cursor,
  databricks,
  datadog,
  dbt,
  defined,
  deno,
  depot,
  digitalocean,
  discord,
  dnsimple,
  docker,
  doppler,
  dropbox,
  duffel,
  dynatrace,
  e2b,
  easypost,
  elevenlabs,
  facebook,
  figma,
  firecrawl,
  fireworks,
  flagsmith,
  flutterwave,
  flyio,
  frameio,
  gcp,
  github,
  gitlab,
  gocardless,
  grafana,
  groq,
  harness,
  helicone,
  heroku,
  honeycomb,
  hubspot,
  huggingface,
  infisical,
  infracost,
  inngest,
  intercom,
  intra42,
  ionic,
  jina,
  jwt,
  klaviyo,
  langchain,
  langfuse,
  laravel,
  launchdarkly,
  linear,
  linkedin,
  liveKey,
  lob,
  mailchimp,
  mailersend,
  mailgun,
  mapbox,
  maxmind,
  mem0,
  mongodb,
  neon,
  netlify,
  newrelic,
  notion,
  npm,
  nuget,
  nvidia,
  octopus,
  okta,
  onesignal,
  openai,
  openrouter,
  openshift,
  paddle,
  pagerduty,
  perplexity,
  persona,
  pinecone,
  pinterest,
  plaid,
  planetscale,
  polar,
  posthog,
  postman,
  prefect,
  pubnub,
  pulumi,
  pypi,
  razorpay,
  readme,
  render,
  replicate,
  resend,
  retool,
  roboflow,
  rubygems,
  runpod,
  salesforce,
  samsara,
  scaleway,
  scalingo,
  sendgrid,
  sentry,
  settlemint,
  shippo,
  shopify,
  slack,
  snyk,
  sonar,
  sourcegraph,
  square,
  statsig,
  stripe,
  stytch,
  supabase,
  tailscale,
  tavily,
  telegram,
  tencent,
  terraform,
  together,
  trello,
  triggerDev,
  twilio,
  twitter,
  typeform,
  unkey,
  vault,
  vercel,
  voyage,
  wakatime,
  wandb,
  webex,
  woocommerce,
  xai,
  xata,
  yandex,
  zoho,
  zuplo,
];
