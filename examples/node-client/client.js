// Gets a token from the backbone with a bootstrap secret, then asks accounts for a user with it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const USAGE = `usage: node client.js --secret FILE (--tls FOLDER | --plaintext) [option...] USER_ID
  --component NAME    who calls (default: journey)
  --mesh NAME         the trust domain of the mesh (default: campus)
  --backbone ADDRESS  default: 127.0.0.1:7400
  --accounts ADDRESS  default: 127.0.0.1:7401`;
const DEADLINE_MS = 5000;

const protos = loader.loadSync(
  [
    "trunkline/api/identity/v1/identity.proto",
    "campus/api/accounts/v1/accounts.proto",
    "google/rpc/status.proto",
    "google/rpc/error_details.proto",
  ],
  { keepCase: true, includeDirs: ["../../protos", "../../protos/third_party"].map(besides) },
);
const { trunkline, campus } = grpc.loadPackageDefinition(protos);

function besides(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** What proves both ends: our certificate to the callee, and that of the callee, by its SPIFFE ID, to us. */
function credentials(options, callee) {
  if (options.plaintext) return grpc.credentials.createInsecure();
  const read = (name) => readFileSync(join(options.tls, name));
  const uri = `URI:spiffe://${options.mesh}/${callee}`;
  return grpc.credentials.createSsl(read("ca.crt"), read("tls.key"), read("tls.crt"), {
    checkServerIdentity: (_, certificate) =>
      certificate.subjectaltname?.split(", ").includes(uri) ? undefined : new Error(`the server is not ${uri}`),
  });
}

/** A client of what `callee` serves. TLS wants a name to ask for, and an address is none. */
function connected(Service, options, callee) {
  return new Service(options[callee], credentials(options, callee), { "grpc.ssl_target_name_override": callee });
}

/** One unary call with a deadline, as a promise. */
function call(client, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + DEADLINE_MS };
    client[method](request, metadata, options, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

/** The reason of a mesh error: the ErrorInfo within the google.rpc.Status that came in the trailers. */
function errorInfo(error) {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!bytes) return undefined;
  const { details } = protos["google.rpc.Status"].deserialize(bytes);
  const info = details.find(({ type_url }) => type_url.endsWith("/google.rpc.ErrorInfo"));
  return info && protos["google.rpc.ErrorInfo"].deserialize(info.value);
}

async function main(options, userId) {
  const identity = connected(trunkline.api.identity.v1.IdentityService, options, "backbone");
  const accounts = connected(campus.api.accounts.v1.AccountsService, options, "accounts");
  try {
    const secret = readFileSync(options.secret, "utf8").trim();
    const bootstrap = { component: options.component, secret };
    const { token } = await call(identity, "IssueToken", { audience: "accounts", bootstrap });

    const metadata = new grpc.Metadata();
    metadata.set("authorization", `Bearer ${token.access_token}`);
    const { user } = await call(accounts, "GetUser", { user_id: userId }, metadata);
    console.log(`${user.user_id} ${user.username}`);
  } finally {
    identity.close();
    accounts.close();
  }
}

function asked() {
  const text = { type: "string" };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      secret: text,
      tls: text,
      plaintext: { type: "boolean", default: false },
      component: { ...text, default: "journey" },
      mesh: { ...text, default: "campus" },
      backbone: { ...text, default: "127.0.0.1:7400" },
      accounts: { ...text, default: "127.0.0.1:7401" },
    },
  });
  if (positionals.length !== 1 || !values.secret || Boolean(values.tls) === values.plaintext) throw new Error("");
  return [values, positionals[0]];
}

let question;
try {
  question = asked();
} catch (error) {
  console.error([error.message, USAGE].filter(Boolean).join("\n"));
  process.exit(2);
}
try {
  await main(...question);
} catch (error) {
  const info = errorInfo(error);
  const what = info ? `${grpc.status[error.code]} ${info.reason} from ${info.domain}: ${error.details}` : error.message;
  console.error(what);
  process.exitCode = 1;
}
