/**
 * A kernel call made ready: the one body that the serial and the parallel kernels have in common.
 */

/** Work that numbers its units from 0 on; any split of them, run in any order and thread, gives the same bits. */
export interface Job {
  /** How many units there are: matrices, lines, or rows of one matrix. */
  readonly units: number;
  /** Runs units `from` to `to - 1`. */
  run(from: number, to: number): void;
}

/** Runs a whole job in this thread. */
export function runAll(job: Job): void {
  if (job.units > 0) job.run(0, job.units);
}
