import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { kiln } from "../../src/app/app.ts";
import { cookie, header, path, query } from "../../src/contract/inputs.ts";
import { testApp } from "../../src/testing/index.ts";

test("lists are read as the document says that they are written", async () => {
  const list = z.array(z.int());
  const app = kiln({ title: "Lists", docs: "public" }).get(
    "/:inPath",
    { needs: { inPath: path(list), inQuery: query(list), xHeader: header(list), inCookie: cookie(list) } },
    (values) => values,
  );
  await using t = await testApp(app, { socket: true });
  const document = await t.get("/openapi.json");
  const { paths } = document.json<{
    paths: Record<string, { get: { parameters: { name: string; style: string; explode: boolean }[] } }>;
  }>();
  assert.deepEqual(
    paths["/{inPath}"]?.get.parameters.map(({ name, style, explode }) => [name, style, explode]),
    [
      ["inPath", "simple", false],
      ["inQuery", "form", true],
      ["x-header", "simple", false],
      ["inCookie", "form", false],
    ],
  );
  const answer = await t.get("/1,2?inQuery=3&inQuery=4", { headers: { "x-header": "5, 6", cookie: "inCookie=7,8" } });
  assert.deepEqual(answer.json(), { inPath: [1, 2], inQuery: [3, 4], xHeader: [5, 6], inCookie: [7, 8] });
});

test("a page with a slash at its end is found, at the address where its files are", async () => {
  await using t = await testApp(kiln({ title: "Slash", docs: "public" }), { socket: true });
  for (const [asked, location] of [
    ["/docs/", "../docs"],
    ["/redoc/", "../redoc"],
    ["/openapi.json/", "../openapi.json"],
  ] as const) {
    const answer = await t.get(asked);
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.get("location"), location);
  }
});
