import { alphabet, type CorpusRandom } from "./corpus-random.ts";

// Written for this corpus: code that talks about secrets and holds none.
const snippets = `const password = process.env.DB_PASSWORD;
  password: z.string().min(12).max(128),
if (password.length < 12) throw new Error("password too short");
const { username, password } = await readBody(request);
await bcrypt.compare(password, user.passwordHash);
  <input type="password" name="password" autocomplete="current-password" />
function checkPassword(password: string, hash: string): boolean {
  this.password = options.password ?? null;
password = getpass.getpass("Password: ")
def login(username: str, password: str) -> Session:
    api_key = os.environ["API_KEY"]
api_key: str = Field(default="", repr=False)
SECRET_KEY = os.getenv("SECRET_KEY")
  client_secret: \${CLIENT_SECRET}
  apiKey: config.get("apiKey"),
export interface Credentials { user: string; password: string; token?: string }
private static final String PASSWORD_FIELD = "password";
String secret = vault.read("secret/data/app").get("value");
@Value("\${spring.datasource.password}") private String password;
if err := row.Scan(&user.ID, &user.PasswordHash); err != nil {
	return nil, fmt.Errorf("scan user %d: %w", id, err)
	Password string \`json:"password,omitempty"\`
CREATE TABLE users (id BIGSERIAL PRIMARY KEY, email TEXT UNIQUE, password_hash BYTEA NOT NULL);
SELECT u.id, u.email FROM users u JOIN orders o ON o.user_id = u.id WHERE o.total > 100 ORDER BY u.id;
INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING;
ALTER USER app WITH PASSWORD :'password';
export TOKEN="$(cat /run/secrets/token)"
curl -H "Authorization: Bearer $TOKEN" https://api.example.com/v1/items
docker run -e POSTGRES_PASSWORD_FILE=/run/secrets/db postgres:17
const PEM_HEADER = "-----BEGIN CERTIFICATE-----";
const PRIVATE_KEY_HEADER = /^-----BEGIN (?:RSA |EC )?PRIVATE KEY-----$/;
// Tokens begin with ghp_, gho_ or github_pat_; we reject them in comments.
const prefixes = ["sk_live_", "rk_live_", "xoxb-", "AKIA", "glpat-", "npm_"];
  test("rejects 4111 1111 1111 1112, whose check digit is wrong", () => {
const LUHN = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
const MAX_SAFE = 9007199254740991;
const EPOCH_NS = 1764400000000000000n;
const EARTH_RADIUS_M = 6378137.0, FLATTENING = 0.0033528106647474805;
const PI = 3.141592653589793238462643383279502884;
  at: new Date().toISOString(),
try { await run(); } catch (error) { logger.error({ error }, "at startup"); }
raise ValueError(f"line {line}: unexpected {token!r}")
console.error("File not found, line", line, "in", file);
throw new SyntaxError(\`syntax error at line \${line}\`);
if (error.code === "ER_DUP_ENTRY") return conflict();
except sqlite3.OperationalError as error:
import { createHash, randomUUID } from "node:crypto";
"resolved": "left-pad-1.3.0.tgz",
color: #1a2b3c; background: #ffffff; margin: 0 10px 4px 12px;
<path d="M10.5 20.25 L30.75 40.125 C50 60 70 80 90 100 Z" fill="#123456"/>
assertEquals("2026-11-29T10:15:30.123456789Z", clock.now());
listen 127.0.0.1:8080;
const VERSION = "10.2.14";
uint32_t table[4] = { 0x00000000, 0x77073096, 0xee0e612c, 0x990951ba };
static const uint8_t key_schedule[] = { 1, 2, 4, 8, 16, 32, 64, 128, 27, 54 };
git commit -m "fix: never log passwords or tokens"
for i in range(1000000000, 9999999999, 123456789): print(i)
/* eyJ is what base64 makes of {", so every JWT begins with it. */
const isJwt = (text) => /^eyJ[\\w-]+\\.eyJ[\\w-]+\\.[\\w-]+$/.test(text);
user@host:~$ ssh -i key.pem deploy@example.com
maintainer: "Ann Example <ann@example.com>"
pwd && ls -la | wc -l
passwd: files systemd
  "scripts": { "test": "vitest run", "secret-scan": "gitleaks detect" },
resource "random_password" "db" { length = 32 }
  secretKeyRef: { name: app, key: password }`.split("\n");

const made: readonly ((r: CorpusRandom) => string)[] = [
  (r) => `"integrity": "sha512-${r.text(86, alphabet.base64)}==",`,
  (r) => `const id_${r.between(1, 99)} = "${r.text(32, alphabet.hex)}";`,
  (r) => `  [${Array.from({ length: 6 }, () => r.between(0, 65_535)).join(", ")}],`,
  (r) => `index ${r.text(7, alphabet.hex)}..${r.text(7, alphabet.hex)} 100644`,
  (r) => `x_${r.between(1, 9)} = ${r.fraction()} * ${r.fraction()};`,
  (r) => `assert sum == ${r.digits(r.between(5, 16)).replace(/^0+/, "")};`,
];

/** Lines of code in several languages, as editors and assistants send them. */
export function sourceLines(random: CorpusRandom, lines: number): string {
  return Array.from({ length: lines }, () =>
    random.between(0, 4) === 0 ? random.pick(made)(random) : random.pick(snippets),
  ).join("\n");
}
