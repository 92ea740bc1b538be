/**
 * A kernel call made ready: the one body that the serial and the parallel kernels have in common.
 */

/** Work that numbers its units from 0 on; any split of them, run in any order and thread, gives the same bits. */
export interface Job {
  /** How many units there are: matrices, or lines. */
  readonly units: number;
  /** Runs units `from` to `to - 1`. */
  run(from: number, to: number): void;
}

/**
 * A job whose units can be split themselves, for when there are few and large ones: into stages, one after the
 * other, of parts that are independent.
 */
export interface StagedJob extends Job {
  /** How many parts each stage has. */
  readonly stages: readonly number[];
  /** Runs parts `from` to `to - 1` of one stage of one unit. */
  runStage(unit: number, stage: number, from: number, to: number): void;
}

/** Runs a whole job in this thread. */
export function runAll(job: Job): void {
  if (job.units > 0) job.run(0, job.units);
}

/** A staged job out of its stages. */
export function staged(
  units: number,
  stages: readonly { readonly parts: number; run(unit: number, from: number, to: number): void }[],
): StagedJob {
  return {
    units,
    stages: stages.map(({ parts }) => parts),
    runStage: (unit, stage, from, to) => stages[stage].run(unit, from, to),
    run(from, to) {
      for (let unit = from; unit < to; unit++) {
        for (const stage of stages) stage.run(unit, 0, stage.parts);
      }
    },
  };
}
