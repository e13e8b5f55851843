import { readFileSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";
import { KilnError } from "../errors/kiln-error.ts";

/** What TLS needs. Each may be PEM text, or the path of a file with it. */
export interface TlsOptions {
  /** The certificate, followed by those between it and the root. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** Of the key, if it is encrypted. */
  readonly passphrase?: string;
}

/** How connections are spoken to. */
export interface TransportOptions {
  /** Serves HTTPS. Behind a proxy that does it, leave it out. Default: none. */
  readonly tls?: TlsOptions;
  /** Offers HTTP/2 to clients that know it, beside HTTP/1.1; only with `tls`. Default false. */
  readonly http2?: boolean;
}

function pem(name: string, text: string): string {
  if (text.includes("-----BEGIN")) return text;
  try {
    return readFileSync(text, "utf8");
  } catch (cause) {
    throw new KilnError("KILN_TLS", {
      where: `kiln({ tls: { ${name} } })`,
      what: text,
      why: `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
      fix: "Name a file that this user may read, or give the PEM text itself",
      cause,
    });
  }
}

/**
 * Reads certificate and key.
 *
 * @throws KilnError KILN_TLS when a file cannot be read
 */
export function secureContext({ cert, key, passphrase }: TlsOptions): SecureContextOptions {
  return { cert: pem("cert", cert), key: pem("key", key), ...(passphrase === undefined ? {} : { passphrase }) };
}

/** @throws KilnError KILN_TLS for HTTP/2 without TLS, which browsers do not speak */
export function checkTransport({ tls, http2 }: TransportOptions): void {
  if (http2 !== true || tls !== undefined) return;
  throw new KilnError("KILN_TLS", {
    where: "kiln({ http2 })",
    what: "http2",
    why: "is only spoken over TLS, and there is no certificate",
    fix: "Add tls: { cert, key }, or let the proxy in front speak HTTP/2",
  });
}
