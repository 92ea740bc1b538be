/**
 * Correlations of stacks of matrices, as a job.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { answerStages, complexStage, type Positions, questionOf } from "./_composed.ts";
import type { CorrelateCall } from "./_correlate_call.ts";
import { decide } from "./_decide.ts";
import { type Buffers, runStages, type StagedJob } from "./_job.ts";
import { flipped, planeOf } from "./_plane.ts";
import type { UnitStages } from "./_real_correlation.ts";
import { Stack } from "./_stack.ts";
import { remembered } from "./_workspace.ts";

/** The job: a unit is a matrix of the result. */
export function correlateJob(call: CorrelateCall, sharedBuffers?: Buffers): StagedJob {
  const { out } = call, stack = stackOf(call);
  const buffers = sharedBuffers ?? remembered();
  const stagesFor = (unit: number): UnitStages => {
    const at = positions(stack, unit);
    if (isComplex(out.dtype)) return { kernel: [], image: [complexStage(call, at)], key: "" };
    const target = planeOf(out, at[2]);
    const question = questionOf(call, at, 0, 0), decision = call.decision ?? decide(question);
    return answerStages(question, decision, call.flipOut ? flipped(target) : target, buffers, String(at[1]));
  };
  return {
    units: stack.count,
    stagesOf(unit) {
      const { kernel, image } = stagesFor(unit);
      return [...kernel, ...image];
    },
    run(from, to) {
      let prepared: string | undefined;
      for (let unit = from; unit < to; unit++) {
        const { kernel, image, key } = stagesFor(unit);
        if (key !== prepared) runStages(kernel);
        prepared = key;
        runStages(image);
      }
    },
  };
}

/** The call with what one of its units has to decide by looking at its values, so that others need not. */
export function decided(call: CorrelateCall, unit: number): CorrelateCall {
  if (isComplex(call.out.dtype)) return call;
  return { ...call, decision: decide(questionOf(call, positions(stackOf(call), unit), 0, 0)) };
}

function stackOf({ a, b, out }: CorrelateCall): Stack {
  const lead = out.shape.length - 2;
  return new Stack(out.shape.slice(0, lead), [a, b, out].map((array) => leadingStrides(array, lead)));
}

function positions(stack: Stack, unit: number): Positions {
  return [stack.position(unit, 0), stack.position(unit, 1), stack.position(unit, 2)];
}

/** Strides along the leading axes of the result; 0 where the array repeats itself. */
function leadingStrides({ shape, strides }: NDArray, lead: number): number[] {
  return Array.from({ length: lead }, (_, axis) => {
    const own = axis - lead + shape.length - 2;
    return own < 0 || shape[own] === 1 ? 0 : strides[own];
  });
}
