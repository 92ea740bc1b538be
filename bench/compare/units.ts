/**
 * Counts, bytes and times, as people read them.
 *
 * @module
 */

/** What a number counts. Times are in milliseconds, but those of `"nanoseconds"`. */
export type Unit = "count" | "bytes" | "nanoseconds" | "milliseconds";

const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Writes a number with its unit; `digits` are significant ones. */
export function format(value: number, unit: Unit, digits = 3): string {
  switch (unit) {
    case "count":
      return value >= 10 ? integer.format(value) : String(Number(value.toPrecision(2)));
    case "bytes":
      return inUnits(value, ["B", "KiB", "MiB", "GiB"], 1024, digits);
    case "nanoseconds":
      return inUnits(value, ["ns", "µs", "ms", "s"], 1000, digits);
    case "milliseconds":
      return inUnits(value * 1e6, ["ns", "µs", "ms", "s"], 1000, digits);
  }
}

function inUnits(value: number, units: readonly string[], step: number, digits: number): string {
  let scaled = value, power = 0;
  // Rounding first: 999.9 ns in three digits is 1 µs.
  while (Math.max(scaled, Number(scaled.toPrecision(digits))) >= step && power < units.length - 1) {
    scaled /= step;
    power++;
  }
  const rounded = Number(scaled.toPrecision(digits));
  return `${rounded >= 1000 ? integer.format(rounded) : rounded} ${units[power]}`;
}

/** Writes how long something will last. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
