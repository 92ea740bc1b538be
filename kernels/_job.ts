/**
 * A kernel call made ready: the one body that the serial and the parallel kernels have in common.
 */

/**
 * Work that numbers its units from 0 on; any split of them, run in any order and thread, gives the same bits.
 */
export interface Job {
  /** How many units there are: matrices, or lines. */
  readonly units: number;
  /**
   * Units that are best run together, from one multiple of this to the next: those of a vector, or of a cache line.
   *
   * @default 1
   */
  readonly grain?: number;
  /** Runs units `from` to `to - 1`. */
  run(from: number, to: number): void;
}

/** One step of a unit's work, in parts that do not depend on one another. */
export interface Stage {
  /** How many parts there are. */
  readonly parts: number;
  /** Runs parts `from` to `to - 1`. */
  run(from: number, to: number): void;
}

/** A job whose units can be split themselves, for when there are few and large ones. */
export interface StagedJob extends Job {
  /** The steps of a unit, each to be finished before the next begins. */
  stagesOf(unit: number): readonly Stage[];
}

/** Gives buffers by name that all threads at work on a unit see. */
export type Buffers = (name: string, length: number) => Float64Array;

/** Runs a whole job in this thread. */
export function runAll(job: Job): void {
  if (job.units > 0) job.run(0, job.units);
}

/** A job out of the stages of its units. */
export function staged(units: number, stagesOf: (unit: number) => readonly Stage[]): StagedJob {
  return {
    units,
    stagesOf,
    run(from, to) {
      for (let unit = from; unit < to; unit++) {
        for (const stage of stagesOf(unit)) stage.run(0, stage.parts);
      }
    },
  };
}

/** Runs stages one after the other in this thread. */
export function runStages(stages: readonly Stage[]): void {
  for (const stage of stages) stage.run(0, stage.parts);
}
