import { lstat, rm } from "node:fs/promises";
import { connect } from "node:net";

/** Whether somebody accepts connections there. */
function isInUse(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

/**
 * Removes a Unix socket that a process which was killed has left, so that its successor can listen there. One that is in
 * use, and anything that is no socket, stays: listening then fails and says so.
 *
 * @param path of the socket
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() !== true || (await isInUse(path))) return;
  await rm(path, { force: true });
}
