import { isIP } from "node:net";

/** `localhost:9464` -> `localhost`, `[::1]:9464` -> `::1`. */
function nameOf(host: string): string {
  const name = host.replace(/:\d+$/, "");
  return name.replace(/^\[|\]$/g, "").toLowerCase();
}

/**
 * Makes the check of the `Host` header. It stops DNS rebinding: a page from `attacker.example` in the browser of somebody
 * who can reach this port lets its own name point to 127.0.0.1, and then reads from here as if from its own server. Such a
 * request names the attacker's host. What cannot be the name of a page in the internet passes: addresses, and names
 * without a dot, as in compose files.
 *
 * @param allowed further names, for example `app.monitoring.svc`
 */
export function createHostCheck(allowed: readonly string[] = []): (host: string | undefined) => boolean {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return (host) => {
    if (host === undefined) return false;
    const name = nameOf(host);
    return isIP(name) !== 0 || /^[a-z0-9_-]+$/.test(name) || names.has(name);
  };
}
