/**
 * Correlations of stacks of matrices, as a job.
 */

import { isComplex } from "../shared/dtype.ts";
import { SharedMemoryFullError } from "../shared/errors.ts";
import { answerStages, complexStage, type Positions, questionOf } from "./_composed.ts";
import type { CorrelateCall, Decision } from "./_correlate_call.ts";
import { decide } from "./_decide.ts";
import { type Buffers, runStages, type StagedJob } from "./_job.ts";
import { flipped, planeOf } from "./_plane.ts";
import type { UnitStages } from "./_real_correlation.ts";
import { leadingStrides, Stack } from "./_stack.ts";
import { costsOf } from "./_wasm_correlate_costs.ts";
import { workMemory } from "./_wasm_correlate_memory.ts";
import { type KernelBackend, kernelBackend } from "./backend.ts";

/** The job: a unit is a matrix of the result. */
export function correlateJob(call: CorrelateCall, sharedBuffers?: Buffers): StagedJob {
  const { out } = call, stack = stackOf(call);
  const stagesFor = (unit: number, backend: KernelBackend, buffers: Buffers): UnitStages => {
    const at = positions(stack, unit);
    if (isComplex(out.dtype)) return { kernel: [], image: [complexStage(call, at, backend)], key: "" };
    const target = planeOf(out, at[2]);
    const question = questionOf(call, at, 0, 0),
      decision = call.decision ?? decide(question, costsOf(backend));
    return answerStages(question, decision, call.flipOut ? flipped(target) : target, buffers, String(at[1]));
  };
  const run = (from: number, to: number, backend: KernelBackend) => {
    using memory = workMemory(backend);
    let prepared: string | undefined;
    for (let unit = from; unit < to; unit++) {
      const { kernel, image, key } = stagesFor(unit, backend, sharedBuffers ?? memory.get);
      if (key !== prepared) runStages(kernel);
      prepared = key;
      runStages(image);
    }
  };
  return {
    units: stack.count,
    stagesOf(unit) {
      const backend = call.decision ? decidedBackend(call.decision) : kernelBackend();
      const { kernel, image } = stagesFor(unit, backend, sharedBuffers ?? workMemory(backend).get);
      return [...kernel, ...image];
    },
    run(from, to) {
      const backend = kernelBackend();
      try {
        run(from, to, backend);
      } catch (error) {
        // The plain kernels need no room in the heap.
        if (!(error instanceof SharedMemoryFullError) || backend === "plain" || call.decision) throw error;
        run(from, to, "plain");
      }
    },
  };
}

function decidedBackend({ simd }: Decision): KernelBackend {
  return simd ? "wasm" : "plain";
}

/** The call with what one of its units has to decide by looking at its values, so that others need not. */
export function decided(call: CorrelateCall, unit: number): CorrelateCall {
  if (isComplex(call.out.dtype)) return call;
  const question = questionOf(call, positions(stackOf(call), unit), 0, 0);
  return { ...call, decision: decide(question, costsOf(kernelBackend())) };
}

function stackOf({ a, b, out }: CorrelateCall): Stack {
  const lead = out.shape.length - 2;
  return new Stack(out.shape.slice(0, lead), [a, b, out].map((array) => leadingStrides(array, 2, lead)));
}

function positions(stack: Stack, unit: number): Positions {
  return [stack.position(unit, 0), stack.position(unit, 1), stack.position(unit, 2)];
}
