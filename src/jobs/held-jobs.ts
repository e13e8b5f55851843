/** One attempt of a job, as this process holds it. */
export interface HeldJob {
  readonly id: string;
  readonly name: string;
  readonly retryCount: number;
}

/** Of one attempt. */
export function heldKey({ id, retryCount }: HeldJob): string {
  return `${id}:${retryCount}`;
}

/*
 * The attempts that a process holds, in memory that it shares with its heartbeat thread: to write one there costs nothing,
 * where a message would wake the thread for every job, and it is there before any code of the job can block the event loop.
 * A slot of eight numbers: the use (odd while a job is in it), index of the name, retry count, and four of the id.
 */
const slotLength = 8;
const bytesOfSlot = slotLength * Int32Array.BYTES_PER_ELEMENT;
const firstSlots = 64;
/** Only address space is set aside for as many. */
const mostSlots = 262_144;

/** Makes the memory, empty. */
export function createHeldMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(firstSlots * bytesOfSlot, { maxByteLength: mostSlots * bytesOfSlot });
}

/** The side of whoever runs jobs. */
export interface HeldJobs {
  add(job: HeldJob): void;
  remove(job: HeldJob): void;
  readonly size: number;
}

/**
 * Writes into the memory.
 *
 * @param memory see {@link createHeldMemory}
 * @param names of all jobs that may be held
 */
export function writeHeldJobs(memory: SharedArrayBuffer, names: readonly string[]): HeldJobs {
  const slots = new Map<string, number>();
  const free: number[] = [];
  const cells = new Int32Array(memory);
  let used = 0;
  const slotFor = (): number => {
    const again = free.pop();
    if (again !== undefined) return again;
    if ((used + 1) * bytesOfSlot > memory.byteLength)
      memory.grow(Math.min(memory.byteLength * 2, memory.maxByteLength));
    return used++ * slotLength;
  };
  return {
    get size() {
      return slots.size;
    },
    add: (job) => {
      const slot = slotFor();
      slots.set(heldKey(job), slot);
      const hex = job.id.replaceAll("-", "");
      cells[slot + 1] = names.indexOf(job.name);
      cells[slot + 2] = job.retryCount;
      for (let i = 0; i < 4; i++) cells[slot + 4 + i] = Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16);
      Atomics.add(cells, slot, 1);
    },
    remove: (job) => {
      const key = heldKey(job);
      const slot = slots.get(key);
      if (slot === undefined) return;
      slots.delete(key);
      Atomics.add(cells, slot, 1);
      free.push(slot);
    },
  };
}

/** One attempt as the heartbeat thread found it. */
export interface FoundJob extends HeldJob {
  /** Whether it is still held. */
  isHeld(): boolean;
}

function idAt(cells: Int32Array, slot: number): string {
  let hex = "";
  for (let i = 4; i < 8; i++) hex += ((cells[slot + i] ?? 0) >>> 0).toString(16).padStart(8, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Reads what is held at this moment; one that comes or goes meanwhile may be left out. */
export function readHeldJobs(memory: SharedArrayBuffer, names: readonly string[]): readonly FoundJob[] {
  const cells = new Int32Array(memory);
  const found: FoundJob[] = [];
  for (let slot = 0; slot < cells.length; slot += slotLength) {
    const use = Atomics.load(cells, slot);
    if (use % 2 === 0) continue;
    const isHeld = (): boolean => Atomics.load(cells, slot) === use;
    const name = names[cells[slot + 1] ?? -1];
    const job = { id: idAt(cells, slot), name, retryCount: cells[slot + 2] ?? 0 };
    if (name !== undefined && isHeld()) found.push({ ...job, name, isHeld });
  }
  return found;
}
