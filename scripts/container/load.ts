import { Agent, request } from "node:http";

/** What there is to ask. */
export interface Question {
  readonly port: number;
  readonly path: string;
  /** Another one for each request. */
  readonly body: () => string;
  /** The answer that counts. */
  readonly status: number;
}

/** Clients that ask. */
export interface Load {
  answered: number;
  /** Requests that were taken and not answered, with why. */
  readonly lost: string[];
  /** From now on, a connection that is not there yet need not be taken. */
  ending: boolean;
}

/** Asks once, and says whether to go on. */
function askOnce({ port, path, body, status }: Question, agent: Agent, load: Load): Promise<boolean> {
  return new Promise((resolve) => {
    const { ending } = load;
    const headers = { "content-type": "application/json" };
    const client = request({ host: "127.0.0.1", port, path, agent, method: "POST", headers }, (response) => {
      response.resume();
      response.once("error", (error) => lost(String(error)));
      response.once("end", () => {
        if (response.statusCode !== status) return lost(`status ${response.statusCode}`);
        load.answered += 1;
        resolve(true);
      });
    });
    const lost = (why: string): void => {
      load.lost.push(why);
      resolve(false);
    };
    client.once("error", (error: NodeJS.ErrnoException) => {
      // The port closes: a connection is refused, or reset where the system had taken it and the app has not.
      if (ending && !client.reusedSocket) resolve(false);
      else lost(error.code ?? error.message);
    });
    client.end(body());
  });
}

/** Asks again and again on a connection that stays open, until it is closed and no other is to be had. */
export async function keepAsking(question: Question, load: Load): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (await askOnce(question, agent, load));
  agent.destroy();
}
