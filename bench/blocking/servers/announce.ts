/** Tells the bench where the server listens. */
export function announce(port: number): void {
  process.send?.({ port });
}
