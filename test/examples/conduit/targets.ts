import { after, before, describe } from "node:test";
import { type TestApp, testApp } from "kilnjs/testing";
import { app } from "../../../examples/conduit/main.ts";
import { type Api, apiOver, type Send } from "./api.ts";

/** A server that is there for a while. */
interface Opened {
  readonly send: Send;
  close(): Promise<void>;
}

interface Target {
  readonly name: string;
  open(): Promise<Opened>;
}

/** Cheap hashes: the suite registers hundreds of users. */
export const testSettings = {
  jwtSecret: "a secret of the tests alone, of 32 bytes or more",
  passwordCost: 16,
  demoData: false,
};

/** Sends requests to a test app. */
export function sendOver(t: TestApp): Send {
  return async ({ method, path, headers, body }) => {
    const answer = await t.request(method, path, { headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, headers: answer.headers, text: answer.text() };
  };
}

function ours(name: string, socket: boolean): Target {
  return {
    name,
    async open() {
      const t = await testApp(app, { settings: testSettings, socket });
      return { send: sendOver(t), close: () => t.close() };
    },
  };
}

function remote(url: string): Target {
  const base = url.replace(/\/$/, "");
  const send: Send = async ({ method, path, headers, body }) => {
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : Uint8Array.from(body) };
    const answer = await fetch(`${base}${path}`, { method, headers, ...sent });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { name: `at ${base}`, open: async () => ({ send, close: async () => {} }) };
}

// `CONDUIT_URL` names a server of whatever make, without `/api`; otherwise the cases run against ours, in both ways.
const url = process.env.CONDUIT_URL;
const own = [ours("in process", false), ours("over a socket", true)];
const targets = url === undefined ? own : [remote(url)];

function against(name: string, all: readonly Target[], cases: (api: Api) => void): void {
  for (const target of all) {
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

/** The same cases against every target. */
export function conduit(name: string, cases: (api: Api) => void): void {
  against(name, targets, cases);
}

/** Cases that are about what the specification does not know: against our server, in both ways. */
export function ownConduit(name: string, cases: (api: Api) => void): void {
  against(name, own, cases);
}
