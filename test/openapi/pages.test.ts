import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { vendorDocs } from "../../scripts/vendor-docs.ts";
import { docsRoutes } from "../../src/openapi/pages.ts";
import { blogDocument } from "./blog.ts";
import { findChromium, howToInstall, startChromium, watch } from "./chromium.ts";
import { type DocsServer, serveDocs } from "./docs-server.ts";

const routes = docsRoutes(blogDocument());
const operations = Object.values(blogDocument().paths).flatMap((item) => Object.values(item));

function pageAt(path: string): string {
  const found = routes.find((each) => each.path === path);
  assert.equal(typeof found?.body, "string");
  return String(found?.body);
}

test("the document and both pages are there, each with a type, an ETag and how long it may be kept", () => {
  assert.deepEqual(
    routes.slice(0, 3).map(({ path }) => path),
    ["/openapi.json", "/docs", "/redoc"],
  );
  for (const { path, etag, contentType, headers } of routes) {
    assert.match(etag, /^"[\w-]{22}"$/);
    assert.match(contentType, /^(?:text\/html|text\/css|text\/javascript|application\/json|image\/png)/);
    const isAsset = /^\/docs\/[\w-]+\.[\w-]{10}\.(?:js|css|png)$/.test(path);
    assert.equal(headers["cache-control"], isAsset ? "public, max-age=31536000, immutable" : "no-cache");
  }
  assert.deepEqual(JSON.parse(pageAt("/openapi.json")), JSON.parse(JSON.stringify(blogDocument())));
});

test("everything that a page refers to is served, and by a relative address", () => {
  const served = new Set(routes.map(({ path }) => path));
  for (const path of ["/docs", "/redoc"]) {
    const references = [...pageAt(path).matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? "");
    assert.ok(references.length >= 5);
    for (const reference of references) assert.ok(served.has(`/${reference}`), `${reference} is not served`);
  }
});

test("the policy lets nothing run that is not the package's own", () => {
  const policies = routes.flatMap(({ headers }) => headers["content-security-policy"] ?? []);
  assert.equal(policies.length, 2);
  for (const policy of policies) {
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|blob:|https?:/);
  }
});

test("pages may call the servers of the document, and origins that are named", () => {
  const document = { ...blogDocument(), servers: [{ url: "https://api.example.com/v1" }, { url: "/here" }] };
  const [, page] = docsRoutes(document, { connect: ["https://id.example.com"] });
  const policy = page?.headers["content-security-policy"] ?? "";
  assert.match(policy, /connect-src 'self' https:\/\/api\.example\.com https:\/\/id\.example\.com;/);
});

test("a title cannot break out of the page", () => {
  const document = { ...blogDocument(), info: { title: "</title><script>alert(1)</script>", version: "1" } };
  const [, page] = docsRoutes(document);
  assert.ok(
    String(page?.body).includes("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; - Swagger UI</title>"),
  );
});

test("the build copies what is served, without addresses elsewhere, with the licences", (t) => {
  const target = mkdtempSync(join(tmpdir(), "kiln-vendor-"));
  t.after(() => rmSync(target, { recursive: true }));
  vendorDocs(target);
  const names = readdirSync(target).sort();
  assert.deepEqual(names, [
    "favicon.png",
    "redoc.LICENSE.txt",
    "redoc.js",
    "redoc.js.LICENSE.txt",
    "swagger-ui.LICENSE.txt",
    "swagger-ui.NOTICE.txt",
    "swagger-ui.css",
    "swagger-ui.js",
    "swagger-ui.js.LICENSE.txt",
  ]);
  const served = new Set(routes.map(({ body }) => Buffer.from(body).toString("base64")));
  for (const name of names.filter((each) => !each.endsWith(".txt"))) {
    const bytes = readFileSync(join(target, name));
    assert.ok(served.has(bytes.toString("base64")), `${name} is not what is served`);
    const reaches = /cdn\.redoc\.ly|fonts\.googleapis|[#@] sourceMappingURL=[^ ]+\s*$/.test(bytes.toString("latin1"));
    assert.ok(!reaches, `${name} reaches for another host or for a file that is not served`);
  }
});

/** Opens a page, waits until it shows every operation, uses it, and returns what it complained about. */
async function visit(
  browser: Browser,
  server: DocsServer,
  path: string,
  use: (page: Page) => Promise<void>,
): Promise<readonly string[]> {
  const page = await browser.newPage();
  const seen = await watch(page);
  await page.goto(`${server.origin}${path}`);
  await use(page);
  await page.close();
  const elsewhere = seen.requests.filter((url) => !url.startsWith(`${server.origin}/`) && !url.startsWith("data:"));
  return [
    ...seen.complaints,
    ...elsewhere.map((url) => `asked for ${url}`),
    ...server.missing.map((url) => `404 ${url}`),
  ];
}

async function useSwagger(page: Page): Promise<void> {
  await page
    .locator(".opblock")
    .nth(operations.length - 1)
    .waitFor();
  assert.equal(await page.locator(".opblock").count(), operations.length);
  for (const closed of await page.locator(".opblock-summary-control").all()) await closed.click();
  await page
    .locator(".opblock-body .responses-inner")
    .nth(operations.length - 1)
    .waitFor();
  const answer = page.waitForResponse((response) => new URL(response.url()).pathname.endsWith("/posts"));
  await page.locator("#operations-posts-getPosts .execute").click();
  assert.equal((await answer).status(), 200);
  await page.locator("#operations-posts-getPosts .live-responses-table .highlight-code").waitFor();
  await page.locator(".authorize").first().click();
  await page.locator(".auth-container").first().waitFor();
}

async function useRedoc(page: Page): Promise<void> {
  for (const { operationId } of operations)
    await page.locator(`[data-section-id="operation/${operationId}"]`).waitFor();
  const answers = page.getByRole("button", { name: /^422/ });
  assert.equal(await answers.count(), operations.length);
  for (const answer of await answers.all()) await answer.click();
  await page.getByText("Names the request in the logs of the server.").first().waitFor();
}

const browserPath = findChromium();

for (const prefix of ["", "/api/v1"]) {
  test(`both pages work in a browser, offline and without a complaint, below "${prefix}/"`, async (t) => {
    if (browserPath === undefined) {
      assert.equal(process.env.CI, undefined, `no browser was found: ${howToInstall}`);
      t.diagnostic(`The pages were not opened in a browser: ${howToInstall}`);
      return;
    }
    const document = { ...blogDocument(), servers: [{ url: prefix === "" ? "/" : prefix }] };
    await using server = await serveDocs(document, prefix, { "/posts?page=1": "[]" });
    const browser = await startChromium(browserPath);
    t.after(() => browser.close());
    assert.deepEqual(await visit(browser, server, `${prefix}/docs`, useSwagger), []);
    assert.deepEqual(await visit(browser, server, `${prefix}/redoc`, useRedoc), []);
  });
}
