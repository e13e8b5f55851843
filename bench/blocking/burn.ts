/**
 * Computes until the calling thread has used so much CPU, so that the work is the same whoever else runs meanwhile.
 *
 * @returns the milliseconds of CPU that it took
 */
export function burn(milliseconds: number): number {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const before = used();
  let x = 1;
  do {
    for (let i = 0; i < 100_000; i += 1) x = (x * 1_103_515_245 + 12_345) & 0x7fffffff;
  } while (used() - before < milliseconds || x === 0);
  return used() - before;
}
