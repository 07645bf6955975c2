/** How the credentials of one provider are told. */
export interface CredentialRule {
  readonly id: string;
  readonly what: string;
  /** What each form begins with, and what its rest must look like. */
  readonly forms: readonly (readonly [prefixes: string | readonly string[], rest: string])[];
  /** Where the rest ends with a checksum. */
  readonly checksum?: "github";
}

const HEX = "[0-9a-fA-F]";
const WORD = "[\\w-]";
const ALNUM = "[0-9A-Za-z]";

/** The sixteen words that begin with a prefix too short to be looked for, and a hexadecimal digit. */
const withHex = (prefix: string): readonly string[] =>
  Array.from("0123456789abcdef", (digit) => prefix + digit);

/** Prefixes and forms as providers publish them, and as lists for secret scanning do. */
export const credentialRules: readonly CredentialRule[] = [
  {
    id: "aws-access-key",
    what: "AWS access key ids",
    forms: [[["AKIA", "ASIA", "ABIA", "ACCA"], "[A-Z0-9]{16}"]],
  },
  { id: "google-api-key", what: "Google API keys", forms: [["AIza", `${WORD}{35}`]] },
  {
    id: "google-oauth",
    what: "Google OAuth client secrets and access tokens",
    forms: [
      ["GOCSPX-", `${WORD}{28}`],
      ["ya29.", `[\\w.-]{30,2048}`],
    ],
  },
  { id: "azure-client-secret", what: "Client secrets of Microsoft Entra", forms: [] },
  {
    id: "azure-storage-key",
    what: "Account keys of Azure storage",
    forms: [[["AccountKey=", "SharedAccessKey="], "[0-9A-Za-z+/\\\\]{43,100}={1,2}"]],
  },
  {
    id: "github",
    what: "GitHub tokens",
    checksum: "github",
    forms: [
      [["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], `(?:${ALNUM}{36}|eyJ[\\w.-]{60,2048})`],
      ["github_pat_", `${ALNUM}{22}_${ALNUM}{59}`],
    ],
  },
  {
    id: "gitlab",
    what: "GitLab tokens",
    forms: [
      [
        [
          "glpat-",
          "gldt-",
          "glrt-",
          "glft-",
          "glsoat-",
          "glimt-",
          "glcbt-",
          "gloas-",
          "glptt-",
          "glffct-",
          "GR1348941",
        ],
        `${WORD}{20,300}(?:\\.[0-9a-z]{2}\\.?[0-9a-z]{7,9})?`,
      ],
    ],
  },
  {
    id: "slack",
    what: "Slack tokens and incoming webhooks",
    forms: [
      [["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-"], `${WORD}{20,400}`],
      [["xoxe.xox", "xapp-"], "[\\w.-]{20,400}"],
      [
        "hooks.slack.com",
        "\\\\?\\/(?:services|workflows|triggers)\\\\?\\/[A-Z0-9]{8,14}(?:\\\\?\\/[A-Za-z0-9]{8,32}){2,3}",
      ],
    ],
  },
  {
    id: "stripe",
    what: "Stripe secret keys and webhook secrets",
    forms: [
      [["sk_live_", "rk_live_", "sk_test_", "rk_test_"], `${ALNUM}{16,247}`],
      ["whsec_", "[0-9A-Za-z+/=]{32,64}"],
    ],
  },
  { id: "twilio", what: "Twilio API keys", forms: [[withHex("SK"), `${HEX}{31}`]] },
  { id: "sendgrid", what: "SendGrid API keys", forms: [["SG.", `${WORD}{22}\\.${WORD}{43}`]] },
  { id: "npm", what: "npm access tokens", forms: [["npm_", `${ALNUM}{36}`]] },
  {
    id: "pypi",
    what: "PyPI tokens",
    forms: [[["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"], `${WORD}{50,1000}`]],
  },
  {
    id: "openai",
    what: "OpenAI API keys",
    forms: [
      [["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], `${WORD}{40,250}`],
      ["T3BlbkFJ", ""],
    ],
  },
  { id: "anthropic", what: "Anthropic API keys", forms: [["sk-ant-", `[a-z]{2,8}\\d{2}-${WORD}{80,120}`]] },
  {
    id: "shopify",
    what: "Shopify tokens",
    forms: [[["shpat_", "shpca_", "shppa_", "shpss_", "shpua_"], `${HEX}{32}`]],
  },
  {
    id: "digitalocean",
    what: "DigitalOcean tokens",
    forms: [[["dop_v1_", "doo_v1_", "dor_v1_"], `${HEX}{64}`]],
  },
  { id: "telegram", what: "Telegram bot tokens", forms: [] },
  { id: "mailgun", what: "Mailgun keys", forms: [["key-", `${HEX}{32}`]] },
  { id: "mailchimp", what: "Mailchimp keys", forms: [] },
  {
    id: "discord",
    what: "Discord bot tokens and webhooks",
    forms: [
      [
        ["discord.com", "discordapp.com"],
        "\\\\?\\/api\\\\?\\/(?:v\\d+\\\\?\\/)?webhooks\\\\?\\/\\d{17,20}\\\\?\\/[\\w-]{60,80}",
      ],
    ],
  },
  { id: "vault", what: "HashiCorp Vault tokens", forms: [[["hvs.", "hvb.", "hvr."], `${WORD}{24,400}`]] },
  { id: "terraform", what: "Terraform Cloud tokens", forms: [] },
  { id: "databricks", what: "Databricks tokens", forms: [["dapi", `${HEX}{32}(?:-\\d)?`]] },
  { id: "new-relic", what: "New Relic keys", forms: [[["NRAK-", "NRIQ-", "NRRA-"], "[A-Z0-9a-z-]{27,42}"]] },
  {
    id: "square",
    what: "Square tokens",
    forms: [
      ["sq0atp-", `${WORD}{22}`],
      ["sq0csp-", `${WORD}{43}`],
    ],
  },
  { id: "linear", what: "Linear keys", forms: [[["lin_api_", "lin_oauth_"], `${ALNUM}{40,64}`]] },
  { id: "notion", what: "Notion tokens", forms: [["ntn_", `${ALNUM}{40,50}`]] },
  { id: "figma", what: "Figma tokens", forms: [[["figd_", "figo_"], `${WORD}{38,64}`]] },
  { id: "postman", what: "Postman keys", forms: [["PMAK-", `${HEX}{24}-${HEX}{34}`]] },
  {
    id: "grafana",
    what: "Grafana tokens",
    forms: [
      ["glsa_", `${ALNUM}{32}_${HEX}{8}`],
      ["glc_", "eyJ[0-9A-Za-z+/=]{32,400}"],
    ],
  },
  { id: "hugging-face", what: "Hugging Face tokens", forms: [[["hf_", "api_org_"], `${ALNUM}{34}`]] },
  {
    id: "supabase",
    what: "Supabase tokens",
    forms: [
      ["sbp_", `(?:v0_|oauth_)?${HEX}{40}`],
      ["sb_secret_", `${WORD}{20,64}`],
    ],
  },
  {
    id: "planetscale",
    what: "PlanetScale tokens and passwords",
    forms: [[["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], "[\\w.-]{32,64}"]],
  },
  { id: "airtable", what: "Airtable tokens", forms: [] },
  {
    id: "sentry",
    what: "Sentry tokens",
    forms: [
      ["sntryu_", `${HEX}{64}`],
      ["sntrys_", "eyJ[0-9A-Za-z+/=_-]{40,600}"],
    ],
  },
  { id: "docker", what: "Docker Hub tokens", forms: [[["dckr_pat_", "dckr_oat_"], `${WORD}{27,40}`]] },
  { id: "atlassian", what: "Atlassian tokens", forms: [["ATATT3xFfGF0", "[\\w=-]{150,250}"]] },
  { id: "pulumi", what: "Pulumi tokens", forms: [["pul-", `${HEX}{40}`]] },
  { id: "groq", what: "Groq keys", forms: [["gsk_", `${ALNUM}{52}`]] },
  { id: "perplexity", what: "Perplexity keys", forms: [["pplx-", `${ALNUM}{48,64}`]] },
  { id: "brevo", what: "Brevo keys", forms: [[["xkeysib-", "xsmtpsib-"], `${HEX}{64}-${ALNUM}{16}`]] },
  { id: "rubygems", what: "RubyGems keys", forms: [["rubygems_", `${HEX}{48}`]] },
  {
    id: "doppler",
    what: "Doppler tokens",
    forms: [[["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], "[\\w.-]{40,80}"]],
  },
  { id: "heroku", what: "Heroku keys", forms: [["HRKU-", `[\\w-]{36,64}`]] },
  {
    id: "tailscale",
    what: "Tailscale keys",
    forms: [["tskey-", "(?:auth|api|client|scim|webhook)-[0-9A-Za-z]{6,24}-[0-9A-Za-z]{16,48}"]],
  },
  {
    id: "age",
    what: "age secret keys",
    forms: [["AGE-SECRET-KEY-1", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"]],
  },
  { id: "cloudflare", what: "Cloudflare origin CA keys", forms: [["v1.0-", `${HEX}{24}-${HEX}{146}`]] },
  { id: "fly", what: "Fly.io tokens", forms: [[["fm1_", "fm2_", "fo1_"], "[0-9A-Za-z+/=_-]{40,1000}"]] },
  {
    id: "flutterwave",
    what: "Flutterwave secret keys",
    forms: [[["FLWSECK_TEST-", "FLWSECK-"], `${HEX}{12,40}(?:-X)?`]],
  },
  { id: "easypost", what: "EasyPost keys", forms: [[["EZAK", "EZTK"], `${ALNUM}{54}`]] },
  {
    id: "dynatrace",
    what: "Dynatrace tokens",
    forms: [[["dt0c01.", "dt0s01."], "[A-Z0-9]{24}\\.[A-Z0-9]{64}"]],
  },
  { id: "alibaba", what: "Alibaba Cloud access key ids", forms: [["LTAI", `${ALNUM}{16,20}`]] },
  { id: "xai", what: "xAI keys", forms: [["xai-", `${ALNUM}{70,90}`]] },
  { id: "replicate", what: "Replicate tokens", forms: [["r8_", `${ALNUM}{37,40}`]] },
  { id: "resend", what: "Resend keys", forms: [["re_", `${ALNUM}{8}_${ALNUM}{24}`]] },
  { id: "openrouter", what: "OpenRouter keys", forms: [["sk-or-v1-", `${HEX}{64}`]] },
  { id: "nvidia", what: "NVIDIA keys", forms: [["nvapi-", `${WORD}{60,70}`]] },
  { id: "langsmith", what: "LangSmith keys", forms: [[["lsv2_pt_", "lsv2_sk_"], `${HEX}{32}_${HEX}{10}`]] },
  { id: "buildkite", what: "Buildkite tokens", forms: [[["bkua_", "bkct_"], `${ALNUM}{40}`]] },
  { id: "facebook", what: "Facebook access tokens", forms: [["EAAC", `${ALNUM}{60,500}`]] },
  { id: "clojars", what: "Clojars tokens", forms: [["CLOJARS_", `${ALNUM}{60}`]] },
  { id: "crates-io", what: "crates.io tokens", forms: [["cio", `${ALNUM}{32}`]] },
  { id: "1password", what: "1Password service account tokens", forms: [["ops_eyJ", `${WORD}{150,1200}`]] },
];
