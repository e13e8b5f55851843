import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { ownFolder } from "../errors/own-files.ts";
import { useCompileCache } from "./compile-cache.ts";
import { addJobs } from "./jobs-commands.ts";
import { reportError } from "./report-error.ts";
import { type StartOptions, seconds, wholeNumber, workersNumber as workers } from "./start-options.ts";
import type { StatusOptions } from "./status.ts";
import { createRouteReader, type TuneOptions } from "./tune-options.ts";

/** What both commands that serve may be told. */
export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  /** The path of a Unix socket. */
  readonly unix?: string;
  readonly fd?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly http2?: boolean;
}

const entryHelp = 'the module that exports the app; default: "kiln": { "app": ... } in package.json, else src/main.ts';

async function version(): Promise<string> {
  const text = await readFile(new URL("../package.json", ownFolder), "utf8");
  // Our own package.json, which has a version.
  return (JSON.parse(text) as { version: string }).version;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("It must be a whole number up to 65535.");
  return port;
}

function addSupervising(command: Command): Command {
  return command
    .option(
      "-w, --workers <number>",
      'processes that serve, or auto; default: "kiln": { "workers": ... }, else 1',
      workers,
    )
    .option("--jobs <number>", 'processes that run jobs; default: "kiln": { "jobs": ... }, else 0', wholeNumber(0))
    .option("--timeout <seconds>", "kill a worker that is silent for so long; 0 for never (default: 30)", seconds)
    .option("--ready-timeout <seconds>", "how long a worker may take until it serves (default: 30)", seconds)
    .option("--max-requests <number>", "replace a worker after so many requests", wholeNumber(1))
    .option("--max-requests-jitter <number>", "and up to so many more (default: a tenth)", wholeNumber(0))
    .option("--max-memory <megabytes>", "replace a worker whose process is larger", wholeNumber(1))
    .option("--linger <seconds>", "let connections of a replaced worker ask once more (default: 5)", seconds)
    .option("--admin-port <number>", "the port of metrics, health and kiln status (default: 9464)", portNumber)
    .option("--admin-host <address>", "its address (default: 127.0.0.1)")
    .option("--admin-name <name...>", "names with a dot under which it may be called")
    .option("--no-admin", "have no such port")
    .option("--tls-cert <file>", "serve HTTPS with this certificate, PEM with its chain; with --tls-key")
    .option("--tls-key <file>", "and this key")
    .option("--http2", "offer HTTP/2 as well, over TLS")
    .option("--unix <path>", "listen on a Unix socket")
    .option("--fd <number>", "listen on a socket that was inherited", wholeNumber(0));
}

function addServing(command: Command): Command {
  return command
    .argument("[entry]", entryHelp)
    .option("-p, --port <number>", "the port; default: PORT, else the setting `port`, else 8000", portNumber)
    .option("--host <address>", "the address; default: HOST, else the setting `host`");
}

// Each command loads its own code when it runs: `kiln dev` itself needs neither Fastify nor Zod.
function addCommands(program: Command): void {
  const loading = (name: string): Command => program.command(name).hook("preAction", useCompileCache);
  const inspecting = (name: string): Command => loading(name).argument("[entry]", entryHelp);
  addServing(program.command("dev").description("serve the app and start it again whenever its code changes")).action(
    async (entry: string | undefined, options: ServeOptions) => (await import("./dev.ts")).dev(entry, options),
  );
  addSupervising(addServing(loading("start").description("serve the app in production"))).action(
    async (entry: string | undefined, options: StartOptions) => (await import("./start.ts")).start(entry, options),
  );
  inspecting("worker")
    .description("run the app's jobs in a process of their own")
    .action(async (entry: string | undefined) => (await import("./worker.ts")).worker(entry));
  addJobs(program, entryHelp);
  program
    .command("status")
    .description("show how a started app and its workers are; exits with 1 when it is not ready, 2 when nobody answers")
    .option("--url <url>", "of its admin port (default: http://127.0.0.1:9464)")
    .option("--json", "as JSON")
    .action(async (options: StatusOptions) => (await import("./status.ts")).status(options));
  inspecting("routes")
    .description("list the routes with what they need and return")
    .option("--json", "as JSON")
    .action(async (entry: string | undefined, options) => (await import("./routes.ts")).routes(entry, options));
  inspecting("openapi")
    .description("print the OpenAPI document; opens nothing")
    .option("-o, --out <file>", "write it to a file")
    .action(async (entry: string | undefined, options) => (await import("./openapi.ts")).openapi(entry, options));
  inspecting("settings")
    .description("show every setting, where it comes from, and what is wrong; secrets are masked")
    .option("--example", "write .env.example from the schema")
    .option("--check", "tell whether .env.example says what the schema says")
    .action(async (entry: string | undefined, options) => (await import("./settings.ts")).settings(entry, options));
}

/** The options that describe routes are read in the order in which they stand. */
function addTune(program: Command): void {
  const reader = createRouteReader();
  program
    .command("tune")
    .argument("[entry]", entryHelp)
    .description("measure how many workers serve the app best on this machine")
    .option(
      "--route <route>",
      'what to ask for, as "POST /articles", again for more; default: the cheapest GET',
      reader.route,
    )
    .option("--body <json-or-file>", "the body of the --route before it", reader.body)
    .option(
      "--header <header>",
      'a header of it, as "name: value"; of all routes when it stands before them',
      reader.header,
    )
    .option("--max <number>", "the most workers to measure (default: twice the cores and one)", wholeNumber(1))
    .option("--rounds <number>", "how often each number is measured (default: 3)", wholeNumber(1))
    .option("--seconds <seconds>", "how long each time (default: 3)", seconds)
    .option("--warmup <seconds>", "load before that (default: 1)", seconds)
    .option("--connections <number>", "that ask without a pause (default: 64)", wholeNumber(1))
    .option("--threads <number>", "that send the load (default: one for four cores)", wholeNumber(1))
    .option("--write", 'record the number in package.json, as "kiln": { "workers": ... }')
    .action(async (entry: string | undefined, options: TuneOptions) =>
      (await import("./tune.ts")).tune(entry, options),
    );
}

/**
 * Runs the command line.
 *
 * @param argv as `process.argv`
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("kiln")
    .description("Serves and inspects Kiln apps")
    .version(await version())
    .showHelpAfterError("Run kiln --help for what there is.");
  addCommands(program);
  addTune(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    reportError(error);
    process.exit(1);
  }
}
