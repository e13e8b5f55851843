#!/usr/bin/env node
// Plain old JavaScript: it must parse on a Node that is too old, to be able to say so.
const required = 24;
const found = process.versions.node;
if (Number(found.split(".")[0]) < required) {
  console.error(`kiln needs Node.js ${required} or newer, and this is ${found}. Install it from https://nodejs.org`);
  process.exitCode = 1;
} else {
  void import("#cli").then((cli) => cli.main(process.argv));
}
