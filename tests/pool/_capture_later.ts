/**
 * A module that a test imports late.
 *
 * @module
 */

const state = { calls: 0, url: import.meta.url };

/** Counts, and says where. */
export function lateCount(): [number, string] {
  return [++state.calls, import.meta.url];
}

/** Captures what another module has. */
export const lateLambda = (x: number): string => `${x} ${state.url}`;
