import { after, before, describe } from "node:test";
import { testApp } from "kilnjs/testing";
import { app } from "../../../examples/conduit/main.ts";
import { type Api, apiOver, type Send } from "./api.ts";

/** A server that is there for a while. */
export interface Opened {
  readonly send: Send;
  close(): Promise<void>;
}

export interface Target {
  readonly name: string;
  open(): Promise<Opened>;
}

/** Cheap hashes: the suite registers hundreds of users. */
const settings = { jwtSecret: "a secret of the tests alone, of 32 bytes or more", passwordCost: 16, demoData: false };

function testTarget(name: string, socket: boolean): Target {
  return {
    name,
    async open() {
      const t = await testApp(app, { settings, socket });
      return {
        async send({ method, path, headers, body }) {
          const answer = await t.request(method, path, { headers, ...(body === undefined ? {} : { body }) });
          return { status: answer.status, headers: answer.headers, text: await answer.text() };
        },
        close: () => t[Symbol.asyncDispose](),
      };
    },
  };
}

export const inProcess: Target = testTarget("in process", false);
const overSocket: Target = testTarget("over a socket", true);

function remote(url: string): Target {
  const base = url.replace(/\/$/, "");
  return {
    name: `at ${base}`,
    async open() {
      return {
        async send({ method, path, headers, body }) {
          const sent = body === undefined ? {} : { body: typeof body === "string" ? body : Uint8Array.from(body) };
          const answer = await fetch(`${base}${path}`, { method, headers, ...sent });
          return { status: answer.status, headers: answer.headers, text: await answer.text() };
        },
        close: async () => {},
      };
    },
  };
}

/** Where the cases run: `CONDUIT_URL` names a server (without `/api`) of whatever make; otherwise ours, in both ways. */
const url = process.env["CONDUIT_URL"];
const targets: readonly Target[] = url === undefined ? [inProcess, overSocket] : [remote(url)];

/** The same cases against every target. */
export function conduit(name: string, cases: (api: Api) => void): void {
  for (const target of targets) {
    describe(`${name} ${target.name}`, () => {
      let opened: Opened;
      before(async () => {
        opened = await target.open();
      });
      after(() => opened?.close());
      cases(apiOver(() => opened.send));
    });
  }
}
