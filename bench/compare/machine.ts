/**
 * The machine that measured.
 *
 * @module
 */

import { cpus } from "node:os";
import type { Interpreter } from "./interpreter.ts";

/** What must be known to judge the figures. */
export interface Machine {
  /** The processor's name. */
  readonly cpu: string;
  /** Cores that may be used. */
  readonly cores: number;
  /** Operating system and architecture. */
  readonly system: string;
  /** Version of Deno. */
  readonly deno: string;
  /** Version of V8. */
  readonly v8: string;
  /** Python and its packages, by name; `null` for what is not installed. */
  readonly python: Readonly<Record<string, string | null>> | null;
}

/** Describes this machine. */
export function describeMachine(interpreter?: Interpreter): Machine {
  return {
    cpu: processor(),
    cores: navigator.hardwareConcurrency,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    python: interpreter ? { python: interpreter.version, ...interpreter.packages } : null,
  };
}

function processor(): string {
  try {
    return cpus()[0]?.model.trim() || "unknown processor";
  } catch {
    return "unknown processor"; // not permitted, or not known
  }
}

/** The machine in a line. */
export function machineLine({ cpu, cores, system, deno, v8, python }: Machine): string {
  const names: Record<string, string> = { python: "Python", numpy: "NumPy", scipy: "SciPy", numba: "numba" };
  const installed = Object.entries(python ?? {}).filter(([, version]) => version !== null);
  return [
    `${cpu}, ${cores} ${cores === 1 ? "core" : "cores"}, ${system}`,
    `Deno ${deno}, V8 ${v8}`,
    ...(installed.length > 0
      ? [installed.map(([name, version]) => `${names[name]} ${version}`).join(", ")]
      : []),
  ].join(" · ");
}
