import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { acceptRequestId } from "../../src/logging/request-id.ts";

const fresh = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a sane id is kept", () => {
  for (const id of ["a", "01HF.x_y:z~+/=@-", "x".repeat(128)]) assert.equal(acceptRequestId(id), id);
  assert.equal(acceptRequestId(["only"]), "only");
});

test("anything else is replaced by a new random one", () => {
  const bad = [undefined, "", "x".repeat(129), "a b", "a\nb", "a\n", "é", '"', "{", "<script>", ["a", "b"], []];
  for (const header of bad) assert.match(acceptRequestId(header), fresh);
  const many = new Set(Array.from({ length: 10_000 }, () => acceptRequestId(undefined)));
  assert.equal(many.size, 10_000);
  const digitsAt = Array.from({ length: 36 }, (_, at) => new Set([...many].map((id) => id.charAt(at))).size);
  const expected = [..."88888888-8888-1888-4888-888888888888"].map((kind) => ({ 8: 16, 4: 4 })[kind] ?? 1);
  assert.deepEqual(digitsAt, expected, "every digit that is random takes every value");
});

test("no id can break out of a header or a line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (header) => {
      assert.match(acceptRequestId(header), /^[A-Za-z0-9._:~+/=@-]{1,128}$/);
    }),
  );
});
