/**
 * Credentials as issuers document them, in the files in which people leave them, and what only looks like
 * one. Made from a seed: nothing here was ever issued.
 */

/** Park and Miller's sequence: the same texts in every run. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 16_807) % 2_147_483_647;
    return state % below;
  };
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SETS = {
  h: `${DIGITS}abcdef`,
  n: LOWER + DIGITS,
  u: LOWER.toUpperCase() + DIGITS,
  a: LOWER + LOWER.toUpperCase() + DIGITS,
  s: `${LOWER}${LOWER.toUpperCase()}${DIGITS}+/`,
  w: `${LOWER}${LOWER.toUpperCase()}${DIGITS}-_`,
  d: DIGITS,
} as const;

/** A recipe such as `sk-{a:40}`: characters of one set, so many of them. */
export function spelled(recipe: string, random: (below: number) => number): string {
  const uuid = "{h:8}-{h:4}-4{h:3}-a{h:3}-{h:12}";
  return recipe
    .replaceAll("{uuid}", uuid)
    .replace(/\{(\w):(\d+)\}/g, (_, set: keyof typeof SETS, count: string) =>
      Array.from({ length: Number(count) }, () => SETS[set][random(SETS[set].length)]).join(""),
    );
}

/** Name of a variable and how its value is written. */
export const ISSUED: readonly (readonly [name: string, recipe: string])[] = [
  ["ADYEN_API_KEY", "AQE{a:20}.{s:110}=="],
  ["AIRTABLE_PAT", "pat{a:14}.{h:64}"],
  ["AMPLITUDE_SECRET_KEY", "{h:32}"],
  ["ANTHROPIC_API_KEY", "sk-ant-api03-{w:93}AA"],
  ["ASSEMBLYAI_API_KEY", "{h:32}"],
  ["ATLASSIAN_API_TOKEN", "ATATT3xFfGF0{w:170}={u:8}"],
  ["AZURE_DEVOPS_PAT", "{n:52}"],
  ["AZURE_STORAGE_KEY", "{s:86}=="],
  ["BINANCE_SECRET_KEY", "{a:64}"],
  ["BUILDKITE_TOKEN", "bkua_{h:40}"],
  ["CIRCLECI_TOKEN", "CCIPAT_{a:22}_{h:40}"],
  ["CLOUDSMITH_API_KEY", "{h:40}"],
  ["CODECOV_TOKEN", "{uuid}"],
  ["COINBASE_API_SECRET", "{a:32}"],
  ["DEEPGRAM_API_KEY", "{h:40}"],
  ["DEEPSEEK_API_KEY", "sk-{h:32}"],
  ["DOCKERHUB_TOKEN", "dckr_pat_{w:27}"],
  ["DOPPLER_TOKEN", "dp.st.prd.{a:43}"],
  ["ELEVENLABS_API_KEY", "sk_{h:48}"],
  ["FRESHDESK_API_KEY", "{a:20}"],
  ["GITEA_TOKEN", "{h:40}"],
  ["GOOGLE_CLIENT_SECRET", "GOCSPX-{w:28}"],
  ["GROQ_API_KEY", "gsk_{a:52}"],
  ["HONEYCOMB_API_KEY", "hcaik_{n:58}"],
  ["INFISICAL_TOKEN", "st.{h:24}.{h:32}.{h:32}"],
  ["JFROG_ACCESS_TOKEN", "cmVmdGtu{a:56}"],
  ["LINEAR_API_KEY", "lin_api_{a:40}"],
  ["MISTRAL_API_KEY", "{a:32}"],
  ["MIXPANEL_API_SECRET", "{h:32}"],
  ["MOLLIE_API_KEY", "live_{a:30}"],
  ["NETLIFY_AUTH_TOKEN", "nfp_{a:36}"],
  ["NEW_RELIC_LICENSE_KEY", "{h:36}NRAL"],
  ["NGROK_AUTHTOKEN", "2{a:26}_{a:21}"],
  ["OKX_SECRET_KEY", "{u:32}"],
  ["OPENWEATHER_API_KEY", "{h:32}"],
  ["OPSGENIE_API_KEY", "{uuid}"],
  ["PAYPAL_CLIENT_SECRET", "E{w:79}"],
  ["PINECONE_API_KEY", "pcsk_{a:6}_{a:63}"],
  ["PIPEDRIVE_API_TOKEN", "{h:40}"],
  ["RAILS_MASTER_KEY", "{h:32}"],
  ["RENDER_API_KEY", "rnd_{a:28}"],
  ["REPLICATE_API_TOKEN", "r8_{a:37}"],
  ["ROLLBAR_ACCESS_TOKEN", "{h:32}"],
  ["SENDGRID_API_KEY", "SG.{w:22}.{w:43}"],
  ["SNYK_TOKEN", "{uuid}"],
  ["SONAR_TOKEN", "squ_{h:40}"],
  ["SPOTIFY_CLIENT_SECRET", "{h:32}"],
  ["STATUSPAGE_API_KEY", "{h:64}"],
  ["SUPABASE_ACCESS_TOKEN", "sbp_{h:40}"],
  ["TF_TOKEN_APP_TERRAFORM_IO", "{a:14}.atlasv1.{a:67}"],
  ["TS_AUTHKEY", "tskey-auth-{a:12}CNTRL-{a:32}"],
  ["VAULT_TOKEN", "hvs.{w:90}"],
  ["VERCEL_TOKEN", "{a:24}"],
  ["WAKATIME_API_KEY", "waka_{uuid}"],
  ["WG_PRIVATE_KEY", "{s:43}="],
  ["ZOOM_CLIENT_SECRET", "{a:32}"],
];

/** Files and lines in which one is left: NAME, name and camel are the name, `@` is the value. */
export const PLACES: readonly string[] = [
  "# settings\nNODE_ENV=production\nNAME=@\nPORT=8080\n",
  "export NAME='@'\n",
  '{\n  "region": "eu-west-1",\n  "camel": "@"\n}\n',
  "service:\n  enabled: true\n  name: @\n  retries: 3\n",
  'const camel = "@";\nawait client.connect();\n',
  "    environment:\n      - NAME=@\n      - TZ=UTC\n",
  'curl -sS https://api.example/v1/me -H "Authorization: Bearer @"\n',
  "2026-11-21T10:00:01Z DEBUG config loaded name=@ took=12ms\n",
  'os.environ["NAME"] = "@"\n',
  '<add key="NAME" value="@" />\n',
  "https://api.example/v1/items?name=@&page=2\n",
  "Hi, the name is @.\n",
];

/** What no secret is, however random it looks. */
export const HARMLESS: readonly string[] = [
  '{"request_id": "{uuid}", "trace": "{h:32}", "ok": true}\n',
  "commit {h:40}\nAuthor: A <a@x.example>\n",
  '"resolved": "https://packages.example/x-1.2.3.tgz",\n"integrity": "sha512-{s:86}==",\n',
  "github.com/x/y v1.2.3 h1:{s:43}=\n",
  "requests==2.31.0 --hash=sha256:{h:64}\n",
  '<img src="data:image/png;base64,iVBORw0KGgo{s:400}==" alt="logo">\n',
  "FROM node@sha256:{h:64}\nRUN npm ci\n",
  'etag: W/"{h:32}"\nx-request-id: {uuid}\n',
  '{"main.js": "/static/js/main.{h:8}.chunk.js"}\n',
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{s:43} dev@host\n",
  "-----BEGIN CERTIFICATE-----\n{s:64}\n{s:64}\n-----END CERTIFICATE-----\n",
  "SHA256:{s:43} host.example (ED25519)\n",
  '{"user_id": "usr_{a:16}", "order_id": "ord_{a:14}"}\n',
  "{h:64}  dist/app-linux-amd64.tar.gz\n",
  "cache-key: {h:40}\n",
  'content_hash: "{h:32}"\nrevision: {h:40}\n',
  'primaryKey: "garden_id"\nkeyboard: qwerty\nmax_tokens: 4096\n',
  "API_KEY=your_api_key_here\npassword: changeme\n",
  "token: ${{ secrets.DEPLOY_TOKEN }}\nclient_secret: REPLACE_ME\n",
  "The token is rotated every month; the password is never written down.\n",
  "Set the password to something long, and the key to the value in the vault.\n",
];
