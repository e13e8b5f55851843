import assert from "node:assert/strict";
import { test } from "node:test";
import { withWorkers } from "../../src/cli/record-workers.ts";

const cases: readonly (readonly [name: string, text: string, expected: string])[] = [
  [
    "a number that stands there",
    '{\n  "kiln": { "app": "a.ts", "workers": 12 , "jobs": 1 },\n  "x": [1, 2]\n}\n',
    '{\n  "kiln": { "app": "a.ts", "workers": 3 , "jobs": 1 },\n  "x": [1, 2]\n}\n',
  ],
  ["auto", '{"kiln":{"workers":"auto"}}', '{"kiln":{"workers":3}}'],
  [
    "settings on lines of their own",
    '{\n\t"kiln": {\n\t\t"app": "a.ts"\n\t},\n\t"type": "module"\n}\n',
    '{\n\t"kiln": {\n\t\t"app": "a.ts",\n\t\t"workers": 3\n\t},\n\t"type": "module"\n}\n',
  ],
  ["settings on one line", '{\n  "kiln": { "app": "a.ts" }\n}', '{\n  "kiln": { "app": "a.ts", "workers": 3 }\n}'],
  ["settings without any", '{ "kiln": {}, "a": 1 }', '{ "kiln": { "workers": 3 }, "a": 1 }'],
  [
    "no settings, long",
    '{\r\n    "a": {\r\n        "b": 1\r\n    }\r\n}\r\n',
    '{\r\n    "a": {\r\n        "b": 1\r\n    },\r\n    "kiln": { "workers": 3 }\r\n}\r\n',
  ],
  ["no settings, short", '{ "a": [1] }', '{ "a": [1], "kiln": { "workers": 3 } }'],
  ["an empty object", "{}\n", '{ "kiln": { "workers": 3 } }\n'],
  ["something else under kiln", '{ "kiln": null, "a": 1 }', '{ "kiln": { "workers": 3 }, "a": 1 }'],
  [
    "the word elsewhere, and signs within texts",
    '{ "a": { "kiln": { "workers": 1 } }, "b}": "\\"{,:", "kiln": { "x": "}", "workers": 1 } }',
    '{ "a": { "kiln": { "workers": 1 } }, "b}": "\\"{,:", "kiln": { "x": "}", "workers": 3 } }',
  ],
];

for (const [name, text, expected] of cases) {
  test(`the number of workers is written in: ${name}`, () => {
    const written = withWorkers(text, 3);
    assert.equal(written, expected);
    assert.equal(JSON.parse(written).kiln.workers, 3);
  });
}
