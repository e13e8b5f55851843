// Time that `tsc` takes for a generated app with 200 routes and 100 providers, against the built declarations.
// Run: npm run build && node bench/typecheck.ts
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root } from "../scripts/pack.ts";
import { median } from "./median.ts";

const rounds = 5;
const files = 20;
const routesPerFile = 10;
const providersPerFile = 5;
const folder = join(cache, "typecheck");

/** Providers that build on one another, across files as well: the graph is as deep as that of a grown app. */
function providers(file: number): string {
  return Array.from({ length: providersPerFile }, (_, index) => {
    const below = index > 0 ? `provider${file}x${index - 1}` : file > 0 ? `provider${file - 1}x0` : undefined;
    const need = below === undefined ? "" : `, below: ${below}`;
    return `export const provider${file}x${index} = depends(
  { page${index}: query(z.int().min(1).default(1))${need} },
  async ({ page${index}${below === undefined ? "" : ", below"} }) => ({ page: page${index}, total: ${
    below === undefined ? "0" : "below.page"
  } }),
  { raises: [NotFound${file}] },
);`;
  }).join("\n");
}

function routes(file: number): string {
  return Array.from({ length: routesPerFile }, (_, index) => {
    const provider = `provider${file}x${index % providersPerFile}`;
    return index % 2 === 0
      ? `items${file}.get("/list${index}/:itemId", { needs: { itemId: path(z.int()), at: ${provider} }, returns: Item${file} },
  ({ itemId, at }) => ({ id: itemId, title: String(at.total), tags: [], owner: { name: "", age: at.page } }));`
      : `items${file}.post("/new${index}", { needs: { item: body(NewItem${file}), at: ${provider} }, returns: Item${file}, status: 201 },
  async ({ item, at }) => ({ ...item, id: at.page }));`;
  }).join("\n");
}

function module(file: number): string {
  return `import { body, depends, httpError, path, query, router } from "kilnjs";
import { z } from "zod";
${file > 0 ? `import { provider${file - 1}x0 } from "./items${file - 1}.ts";` : ""}
const Item${file} = z.object({
  id: z.int(),
  title: z.string().max(200),
  tags: z.array(z.string()),
  owner: z.object({ name: z.string(), age: z.int().min(0) }),
});
const NewItem${file} = Item${file}.omit({ id: true });
const NotFound${file} = httpError(404, "item_not_found_${file}", "No item has this id");
${providers(file)}
export const items${file} = router({ prefix: "/items${file}" });
${routes(file)}
`;
}

function main(): string {
  const numbers = Array.from({ length: files }, (_, file) => file);
  return `import { kiln } from "kilnjs";
${numbers.map((file) => `import { items${file} } from "./items${file}.ts";`).join("\n")}
export const app = kiln({ title: "Generated" });
for (const router of [${numbers.map((file) => `items${file}`).join(", ")}]) app.include(router);
`;
}

const tsconfig = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  },
  include: ["*.ts"],
};

function generate(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  // The app resolves the package as an installed one: no condition, so its declarations are those of `dist`.
  symlinkSync(root, join(folder, "node_modules", "kilnjs"));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  for (let file = 0; file < files; file += 1) writeFileSync(join(folder, `items${file}.ts`), module(file));
  writeFileSync(join(folder, "main.ts"), main());
}

function compile(...args: readonly string[]): { readonly milliseconds: number; readonly output: string } {
  const started = performance.now();
  const { status, stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc refused the generated app:\n${stdout}`);
  return { milliseconds: performance.now() - started, output: stdout };
}

generate();
const details = compile("--extendedDiagnostics").output;
const times = Array.from({ length: rounds }, () => compile().milliseconds);
const all = times.map((time) => time.toFixed(0)).join(" ");
process.stdout.write(`${files * routesPerFile} routes, ${files * providersPerFile} providers\n`);
process.stdout.write(`tsc ${median(times).toFixed(0)} ms   (${all})\n`);
for (const name of ["Types", "Instantiations", "Memory used"]) {
  process.stdout.write(`${name}: ${new RegExp(`^${name}:\\s+(.*)$`, "m").exec(details)?.[1] ?? "unknown"}\n`);
}
