// How many workers `--workers auto` means: what the container may use decides, not what the machine has.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { containerLimits } from "../../src/server/container-limits.ts";
import { thisMachine, workersFor } from "../../src/server/worker-count.ts";
import { pidApp, service } from "./service.ts";

const GiB = 1024 ** 3;

/** A folder with the system's files of a container. */
function system(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "kiln-cgroup-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

test("limits of version 2, of the group and of those above it: the least counts", () => {
  const root = system({
    "proc/self/cgroup": "0::/system.slice/app.service",
    "sys/fs/cgroup/system.slice/cpu.max": "150000 100000",
    "sys/fs/cgroup/system.slice/memory.max": String(4 * GiB),
    "sys/fs/cgroup/system.slice/app.service/cpu.max": "max 100000",
    "sys/fs/cgroup/system.slice/app.service/memory.max": String(GiB),
  });
  assert.deepEqual(containerLimits(root), { cores: 1.5, memory: GiB });
});

test("a container of version 2 sees its own group as the root", () => {
  const root = system({
    "proc/self/cgroup": "0::/",
    "sys/fs/cgroup/cpu.max": "50000 100000",
    "sys/fs/cgroup/memory.max": "max",
  });
  assert.deepEqual(containerLimits(root), { cores: 0.5, memory: undefined });
});

test("limits of version 1, whose path leads nowhere inside a container", () => {
  const root = system({
    "proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:pids:/docker/abc",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": String(2 * GiB),
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000",
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
  });
  assert.deepEqual(containerLimits(root), { cores: 2, memory: 2 * GiB });
});

test("no limit in version 1 is a huge number and minus one; no files at all are no limit either", () => {
  const root = system({
    "proc/self/cgroup": "5:memory:/\n4:cpu:/",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
  });
  assert.deepEqual(containerLimits(root), { cores: undefined, memory: undefined });
  assert.deepEqual(containerLimits(system({})), { cores: undefined, memory: undefined });
});

test("the machine is what is allowed of it", () => {
  assert.deepEqual(thisMachine({ cores: undefined, memory: undefined }), {
    cores: availableParallelism(),
    memory: totalmem(),
  });
  assert.deepEqual(thisMachine({ cores: 0.5, memory: 1 }), { cores: 0.5, memory: 1 });
});

test("two workers for each core and one, as many as memory allows, and never none", () => {
  assert.equal(workersFor({ cores: 4, memory: 64 * GiB }), 9);
  assert.equal(workersFor({ cores: 0.5, memory: 64 * GiB }), 2);
  assert.equal(workersFor({ cores: 4, memory: GiB }), 3);
  assert.equal(workersFor({ cores: 4, memory: GiB / 8 }), 1);
  assert.equal(workersFor({ cores: 4, memory: 2 * GiB }, GiB / 2), 3);
});

test("auto takes the number that package.json holds before it reckons", async () => {
  const files = { "package.json": '{ "type": "module", "kiln": { "workers": 3 } }' };
  const measured = service(pidApp, ["--workers", "auto"], { files });
  assert.equal((await measured.line("supervisor_started")).workers, 3);
  const named = service(pidApp, [], { files });
  assert.equal((await named.line("supervisor_started")).workers, 3);
  const reckoned = service(pidApp, ["--workers", "auto"]);
  assert.equal((await reckoned.line("supervisor_started")).workers, workersFor(thisMachine()));
});

test("what is no number in package.json is refused", async () => {
  const files = { "package.json": '{ "type": "module", "kiln": { "workers": "many" } }' };
  const { server } = service(pidApp, [], { files });
  assert.equal((await server.ended).code, 1);
  assert.match(server.printed, /^KILN_START_OPTIONS in package\.json "kiln": "workers: \\?"many\\?"" is no number/m);
});
