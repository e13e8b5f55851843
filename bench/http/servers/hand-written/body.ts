import type { IncomingMessage } from "node:http";
import { HttpError } from "./routes.ts";

const mostBytes = 1024 * 1024;

/** @throws HttpError when there is too much of it, or it is no JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) reject(new HttpError(413, { title: "Too much" }));
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString()));
    request.on("error", reject);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, { title: "This is no JSON" });
  }
}
