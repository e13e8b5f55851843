// Where and how `kiln start` can be reached: TLS, HTTP/2, a Unix socket, a socket that was handed to it; with one worker, and
// with several.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get as httpGet } from "node:http";
import { connect } from "node:http2";
import { Agent, get as httpsGet } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { project } from "../cli/project.ts";
import { pidApp, service } from "./service.ts";

const cert = fileURLToPath(new URL("tls/cert.pem", import.meta.url));
const key = fileURLToPath(new URL("tls/key.pem", import.meta.url));
const ca = readFileSync(cert, "utf8");
const app = pidApp
  .replace(
    'app.get("/",',
    'app.get("/info", { needs: { request } }, ({ request }) => ({ protocol: request.protocol, version: request.raw.httpVersion, ip: request.ip }));\napp.get("/",',
  )
  .replace("import { kiln }", "import { kiln, request }");

interface Seen {
  readonly status: number | undefined;
  readonly text: string;
}

function overHttps(url: string, agent: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    httpsGet(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    }).on("error", reject);
  });
}

function overUnix(socketPath: string, path: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    httpGet({ socketPath, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    }).on("error", reject);
  });
}

async function overHttp2(url: string, paths: readonly string[]): Promise<string[]> {
  const session = connect(url, { ca });
  const texts = await Promise.all(
    paths.map(async (path) => {
      const stream = session.request({ ":path": path });
      let text = "";
      stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      await once(stream, "end");
      return text;
    }),
  );
  session.close();
  return texts;
}

for (const workers of ["1", "2"]) {
  test(`HTTPS by option, with ${workers} worker(s): what is under way is finished at the end`, async () => {
    const { url, signal, line, server } = service(app, ["--workers", workers, "--tls-cert", cert, "--tls-key", key]);
    const address = await url();
    assert.match(address, /^https:/);
    const agent = new Agent({ ca, keepAlive: true });
    const { status, text } = await overHttps(`${address}/info`, agent);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), { protocol: "https", version: "1.1", ip: "127.0.0.1" });
    const slow = overHttps(`${address}/slow`, agent);
    await line("request_received", ({ path }) => path === "/slow");
    signal("SIGTERM");
    assert.equal((await slow).status, 200);
    agent.destroy();
    assert.equal((await server.ended).signal, "SIGTERM");
  });

  test(`HTTP/2 by option, with ${workers} worker(s), and HTTP/1.1 beside it`, async () => {
    const { url, server } = service(app, ["--workers", workers, "--tls-cert", cert, "--tls-key", key, "--http2"]);
    const address = await url();
    const [first = "", second = ""] = await overHttp2(address, ["/info", "/slow"]);
    assert.equal(JSON.parse(first).version, "2.0");
    assert.ok(JSON.parse(second).pid > 0);
    const agent = new Agent({ ca });
    assert.equal(JSON.parse((await overHttps(`${address}/info`, agent)).text).version, "1.1");
    assert.equal((await server.end("SIGTERM")).signal, "SIGTERM");
  });

  test(`a Unix socket, with ${workers} worker(s), also one that a killed process has left`, async () => {
    const first = service(app, ["--workers", workers, "--unix", "app.sock"]);
    const path = join(first.project.folder, "app.sock");
    assert.match(await first.url(), /^unix:.*app\.sock$/);
    assert.equal((await overUnix(path, "/")).status, 200);
    first.server.process.kill("SIGKILL");
    await first.server.ended;
    const again = first.project.serve("start", "--workers", workers, "--unix", "app.sock", "--no-admin");
    await again.prints(/"message":"ready"/);
    assert.equal((await overUnix(path, "/")).status, 200);
    assert.equal((await again.end("SIGTERM")).signal, "SIGTERM");
  });
}

test("what cannot be listened on is named, be it a path, a descriptor or a name", async () => {
  const { project } = service(app, ["--no-admin", "--port", "0"]);
  const mistakes = [
    [
      ["--unix", "missing/app.sock"],
      /^KILN_CLI_LISTEN .*missing\/app\.sock" cannot be made\. Choose a path with --unix/m,
    ],
    [["--fd", "77"], /^KILN_CLI_LISTEN .* is what came of --fd \(EINVAL\)\./m],
    [["--host", "nowhere.invalid"], /^KILN_CLI_LISTEN .*"nowhere\.invalid" cannot be listened on/m],
  ] as const;
  for (const [args, message] of mistakes) {
    for (const workers of ["1", "2"]) {
      const { stderr } = await project.kiln("start", "--no-admin", "--workers", workers, ...args);
      assert.match(stderr, message);
    }
  }
});

test("with several workers, TLS and HTTP/2 come from the app's own options too", async () => {
  const own = app.replace(
    'title: "Pid"',
    `title: "Pid", http2: true, tls: { cert: ${JSON.stringify(cert)}, key: ${JSON.stringify(key)} }`,
  );
  const { url, server, signal, line } = service(own, ["--workers", "2", "--linger", "1"]);
  const address = await url();
  const session = connect(address, { ca });
  const stream = session.request({ ":path": "/slow" });
  await line("request_received");
  // The worker is told to leave in the middle of a stream, and says goodbye to the session.
  signal("SIGHUP");
  const goodbye = once(session, "goaway");
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  assert.ok(JSON.parse(text).pid > 0);
  await goodbye;
  session.close();
  await line("reloaded");
  assert.equal((await server.end("SIGTERM")).signal, "SIGTERM");
});

for (const [workers, ...args] of [["1"], ["2"], ["2", "--fd", "3"]] as const) {
  test(`a socket that was inherited, as from systemd: ${["--workers", workers, ...args].join(" ")}`, async () => {
    const made = project({ "src/main.ts": pidApp });
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    // A server that listens on a port has an address of this kind; how a descriptor is passed on, Node does not say otherwise.
    const { port } = listener.address() as AddressInfo;
    const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const server = made.serveOn(fd, "start", "--workers", workers, "--no-admin", ...args);
    listener.close();
    const [said] = await server.prints(/^.*"message":"ready".*$/m);
    assert.equal(JSON.parse(said).url, `http://127.0.0.1:${port}`);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
    assert.equal((await server.end("SIGTERM")).signal, "SIGTERM");
  });
}

test("options that exclude each other are refused", async () => {
  for (const args of [
    ["--unix", "a", "--fd", "3"],
    ["--tls-cert", cert],
    ["--tls-cert", "nowhere.pem", "--tls-key", key],
    ["--http2"],
  ]) {
    const { code, stderr } = await project({ "src/main.ts": pidApp }).kiln(
      "start",
      "--port",
      "0",
      "--no-admin",
      ...args,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^KILN_(START_OPTIONS|TLS) /);
  }
});
