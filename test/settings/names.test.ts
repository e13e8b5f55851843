import assert from "node:assert/strict";
import { test } from "node:test";
import { envNameOf, nearest } from "../../src/settings/names.ts";

test("names in the environment", () => {
  for (const [path, name] of [
    ["databaseUrl", "DATABASE_URL"],
    ["databaseURL", "DATABASE_URL"],
    ["port", "PORT"],
    ["smtp.host", "SMTP__HOST"],
    ["smtp.maxRetries", "SMTP__MAX_RETRIES"],
    ["s3Bucket", "S3_BUCKET"],
    ["oauth2ClientId", "OAUTH2_CLIENT_ID"],
    ["SMTPHost", "SMTP_HOST"],
    ["already_snake", "ALREADY_SNAKE"],
  ] as const) {
    assert.equal(envNameOf(path.split("."), ""), name);
  }
  assert.equal(envNameOf(["smtp", "host"], "APP_"), "APP_SMTP__HOST");
});

test("the name that was meant", () => {
  const names = ["databaseUrl", "port", "smtp"];
  assert.equal(nearest("prot", names), "port");
  assert.equal(nearest("prto", names), undefined);
  assert.equal(nearest("ports", names), "port");
  assert.equal(nearest("database_url", names), "databaseUrl");
  assert.equal(nearest("DATABASE_URL", names), "databaseUrl");
  assert.equal(nearest("databseUrl", names), "databaseUrl");
  assert.equal(nearest("somethingElse", names), undefined);
  assert.equal(nearest("anything", []), undefined);
});
