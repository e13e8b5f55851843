import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { kiln, resource } from "kilnjs";

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** `fetch` does not let one choose the `Host` header. */
async function ask(url: string, options: { readonly host?: string; readonly method?: string } = {}): Promise<Answer> {
  const { host, method = "GET" } = options;
  const sent = request(url, { method, agent: false, ...(host === undefined ? {} : { headers: { host } }) }).end();
  // The event gives the answer.
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

const quiet = { level: "silent" } as const;
const here = { port: 0, host: "127.0.0.1", signals: false } as const;

test("an app that listens has no admin port unless it asks for one", async () => {
  const server = await kiln({ title: "none", logging: quiet }).listen(here);
  assert.equal(server.adminUrl, undefined);
  await server.close();
});

test("its readiness has the details that the public one hides", async () => {
  const search = resource(
    {},
    function* search() {
      yield 1;
    },
    {
      check: () => {
        throw new Error("search at 10.0.0.7 is gone");
      },
    },
  );
  const app = kiln({ title: "details", logging: quiet });
  app.get("/", { needs: { search } }, () => "ok");
  const server = await app.listen({ ...here, admin: { port: 0 } });
  assert.match(server.adminUrl ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await ask(`${server.url}/health/ready`)).text.includes("10.0.0.7"), false);
  const { status, text } = await ask(`${server.adminUrl}/health/ready`);
  assert.equal(status, 503);
  const { status: said, workers } = JSON.parse(text);
  assert.equal(said, "fail");
  const [{ worker, reason, checks }] = workers;
  assert.deepEqual(
    [worker, reason, checks[0].name, checks[0].error],
    ["web-1", "resources", "search", "search at 10.0.0.7 is gone"],
  );
  assert.equal((await ask(`${server.adminUrl}/health/live`)).status, 200);
  await server.close();
  await assert.rejects(ask(`${server.adminUrl}/health/live`), { code: "ECONNREFUSED" });
});

test("only hosts that no page of the internet can have are answered", async () => {
  const server = await kiln({ title: "hosts", logging: quiet }).listen({
    ...here,
    admin: { port: 0, hosts: ["app.monitoring.svc"] },
  });
  const status = async (host: string): Promise<number> => (await ask(`${server.adminUrl}/status`, { host })).status;
  for (const host of ["127.0.0.1:9464", "localhost", "[::1]:9464", "10.1.2.3", "app:9464", "App.Monitoring.svc:1"]) {
    assert.equal(await status(host), 200, host);
  }
  for (const host of ["attacker.example", "127.0.0.1.attacker.example:9464", "localhost.attacker.example"]) {
    assert.equal(await status(host), 421, host);
  }
  await server.close();
});

test("other paths and methods are refused, and HEAD has no body", async () => {
  const server = await kiln({ title: "paths", logging: quiet }).listen({ ...here, admin: { port: 0 } });
  const { adminUrl: url } = server;
  assert.equal((await ask(`${url}/nothing`)).status, 404);
  const post = await ask(`${url}/metrics`, { method: "POST" });
  assert.deepEqual([post.status, post.headers.allow], [405, "GET, HEAD"]);
  const head = await ask(`${url}/status`, { method: "HEAD" });
  assert.deepEqual([head.status, head.text], [200, ""]);
  const status = JSON.parse((await ask(`${url}/status`)).text);
  assert.deepEqual(
    [status.app, status.state, status.ready, status.url, status.workers.length],
    [{ title: "paths", version: "0.0.0" }, "serving", true, server.url, 1],
  );
  await server.close();
});

test("a port that is taken is an error, or a line in the log where it is optional", async () => {
  const lines: string[] = [];
  const log = { write: (line: string) => void lines.push(line) };
  const first = await kiln({ title: "first", logging: quiet }).listen({ ...here, admin: { port: 0 } });
  const port = Number(new URL(first.adminUrl ?? "").port);
  const clash = kiln({ title: "clash", logging: quiet }).listen({ ...here, admin: { port } });
  await assert.rejects(clash, { code: "KILN_ADMIN_LISTEN" });
  const third = await kiln({ title: "third", logging: { destination: log, format: "json" } }).listen({
    ...here,
    admin: { port, optional: true },
  });
  assert.equal(third.adminUrl, undefined);
  assert.equal((await ask(`${third.url}/health/ready`)).status, 200);
  await third.close();
  assert.match(lines.join(""), /admin_port_taken/);
  await first.close();
});
