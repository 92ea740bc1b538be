/**
 * Exports what another module exports.
 *
 * @module
 */

export { Account as Renamed, countCalls, useSecret } from "./_capture_module.ts";
export * as everything from "./_capture_module.ts";
