import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { requestCompleted, requestReceived } from "../../src/logging/access.ts";
import { captured } from "./captured.ts";

const done = { method: "GET", path: "/posts/1?page=2", route: "/posts/:id", status_code: 200, duration_ms: 12.34567 };
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Sets the variable for one test; the test runner sets it too, when it has a terminal. */
function forceColour(t: TestContext, value: string): void {
  const before = process.env.FORCE_COLOR;
  process.env.FORCE_COLOR = value;
  t.after(() => {
    if (before === undefined) delete process.env.FORCE_COLOR;
    else process.env.FORCE_COLOR = before;
  });
}

test("a line of JSON says level, time, message, service, environment and request", () => {
  const { root, last } = captured({ service: "blog", environment: "production" });
  root.forRequest("r1").warn({ items: 3 }, "low");
  const { time, ...rest } = last();
  assert.match(String(time), iso);
  assert.deepEqual(rest, {
    level: "warn",
    message: "low",
    service: "blog",
    environment: "production",
    request_id: "r1",
    items: 3,
  });
});

test("the two lines of a request", () => {
  const { root, lines } = captured();
  const request = root.forRequest("r1");
  requestReceived(request, { method: "GET", path: "/posts/1?page=2" });
  requestCompleted(request, done);
  const [received, completed] = lines().map(({ time, ...rest }) => rest);
  const shared = { level: "info", request_id: "r1", method: "GET", path: "/posts/1?page=2" };
  assert.deepEqual(received, { ...shared, message: "request_received" });
  const rest = { message: "request_completed", route: "/posts/:id", status_code: 200, duration_ms: 12.346 };
  assert.deepEqual(completed, { ...shared, ...rest });
});

test("a 5xx is an error; what the client did wrong, or its leaving, is not", () => {
  const { root, last } = captured();
  const levelOf = (status_code: number, aborted?: boolean): unknown => {
    requestCompleted(root, { ...done, status_code, ...(aborted === undefined ? {} : { aborted }) });
    return last().level;
  };
  assert.deepEqual([levelOf(200), levelOf(404), levelOf(500), levelOf(503)], ["info", "info", "error", "error"]);
  assert.equal(levelOf(500, true), "info");
  assert.equal(last().aborted, true);
});

test("a field cannot pass for what the line says itself, and no name stands twice", () => {
  const { root, texts, last } = captured({ service: "blog" });
  root.forRequest("r1").info({ level: "fatal", time: 0, message: "x", request_id: "r2", service: "bank" }, "real");
  const line = last();
  assert.deepEqual([line.level, line.message, line.request_id, line.service], ["info", "real", "r1", "blog"]);
  assert.deepEqual([line.level_, line.message_, line.request_id_], ["fatal", "x", "r2"]);
  for (const name of ["level", "time", "message", "request_id", "service"]) {
    assert.equal(texts[0]?.split(`"${name}":`).length, 2, name);
  }
});

test("a line feed in a message or a value forges no line", () => {
  const { root, texts } = captured();
  root.info({ name: 'a\n{"level":"fatal"}\r\u2028' }, "b\r\nc");
  assert.equal(texts[0]?.slice(0, -1).includes("\n"), false);
  assert.equal(texts[0]?.includes("\r"), false);
});

test("ecs has the names of the schema", () => {
  const { root, lines, last } = captured({ format: "ecs", service: "blog", environment: "production" });
  const request = root.forRequest("r1");
  request.bind({ "user.id": "7", user: "ann" });
  requestCompleted(request, { ...done, aborted: true });
  const { "@timestamp": time, ...completed } = last();
  assert.match(String(time), iso);
  assert.deepEqual(completed, {
    "log.level": "info",
    message: "request_completed",
    "ecs.version": "8.11.0",
    "service.name": "blog",
    "service.environment": "production",
    "http.request.id": "r1",
    "user.id": "7",
    "http.request.method": "GET",
    "url.path": "/posts/1",
    "url.query": "page=2",
    "http.response.status_code": 200,
    "event.duration": 12_346_000,
    "event.outcome": "unknown",
    "labels.route": "/posts/:id",
    "labels.aborted": "true",
    app: { user: "ann" },
  });
  requestReceived(request, { method: "GET", path: "/posts" });
  assert.equal(lines().at(-1)?.["url.path"], "/posts");
});

test("ecs: what was bound cannot pass for what the lines of a request say", () => {
  const { root, last } = captured({ format: "ecs" });
  root.bind({ "url.path": "/forged", "event.outcome": "success" });
  requestCompleted(root, { ...done, status_code: 500 });
  assert.deepEqual([last()["url.path"], last()["event.outcome"]], ["/posts/1", "failure"]);
  assert.deepEqual(last().app, { "url.path": "/forged", "event.outcome": "success" });
});

test("ecs puts an error where the schema has it, causes in its trace, its own fields beside", () => {
  const { root, last } = captured({ format: "ecs" });
  const error = Object.assign(new TypeError("no", { cause: new Error("deeper") }), {
    code: "E_NO",
    table: "posts",
    token: "t",
  });
  root.error({ err: error, host: "h", "log.level": "x" }, "failed");
  const line = last();
  // The line was parsed from JSON, so its parts are plain objects.
  const said = line.error as Record<string, string>;
  const app = line.app as Record<string, unknown>;
  assert.deepEqual([said.type, said.message, said.code], ["TypeError", "no", "E_NO"]);
  assert.match(said.stack_trace ?? "", /TypeError: no.*Caused by: Error: deeper/s);
  assert.equal(line["log.level"], "error");
  assert.equal(app.host, "h");
  const cause = { type: "Error", message: "deeper" };
  assert.deepEqual(app.err, { type: "TypeError", message: "no", code: "E_NO", table: "posts", token: "***", cause });
});

test("pretty lines are for people: one per entry, errors below, controls shown", (t) => {
  forceColour(t, "0");
  const { root, texts } = captured({ format: "pretty" });
  root
    .forRequest("r1")
    .info({ name: "ann", text: "two words", evil: "\u001b[2J\nx", nested: { a: 1 } }, "a\u001b]0;t\u0007b\nc");
  assert.match(
    texts[0] ?? "",
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}a\\x1b\]0;t\\x07b\\x0ac name=ann text="two words" evil="\\u001b\[2J\\nx" nested=\{"a":1\} request_id=r1\n$/,
  );
  root.error(new Error("out\nfatal forged", { cause: new Error("in\u202er") }), "failed");
  const [head, ...below] = (texts[1] ?? "").trimEnd().split("\n");
  assert.match(head ?? "", / ERROR failed$/);
  for (const line of below) assert.match(line, /^ {4}/);
  assert.ok(below.some((line) => line.startsWith("    caused by: Error: in\\u{202e}r")));
});

test("pretty lines are coloured where they should be", (t) => {
  forceColour(t, "1");
  const coloured = captured({ format: "pretty" });
  coloured.root.info("x");
  assert.ok(coloured.texts[0]?.includes("\u001b[32mINFO"));
  forceColour(t, "0");
  const plain = captured({ format: "pretty" });
  plain.root.info("x");
  assert.equal(plain.texts[0]?.includes("\u001b"), false);
});
