/**
 * Slow and simple ways to some of the demo's answers. They have nothing in common with the kernels.
 *
 * @module
 */

import type { NDArray } from "@multicore/multicore";

/** Determinants against Bareiss's elimination, which stays in the integers and is exact. */
export function checkDeterminants(stack: NDArray<"float64">, answer: NDArray): string {
  const samples = pick(stack.shape[0], 100);
  let worst = 0;
  for (const k of samples) {
    const rows = stack.at(k).toArray<number[][]>();
    const exact = Number(exactDeterminant(rows));
    // Hadamard's bound on the determinant is the scale of the rounding errors, even where it is nearly 0.
    const bound = rows.reduce((product, row) => product * Math.hypot(...row), 1);
    worst = Math.max(worst, Math.abs(Number(answer.get(k)) - exact) / bound);
  }
  require(worst <= 10 * Number.EPSILON, `determinants are off by ${worst} of Hadamard's bound`);
  return `${samples.length} by exact integer elimination: off by ${
    worst.toExponential(1)
  } of Hadamard's bound at most`;
}

/** E. H. Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination" (1968). */
function exactDeterminant(rows: readonly (readonly number[])[]): bigint {
  const a = rows.map((row) => row.map(BigInt)), n = a.length;
  let sign = 1n, previous = 1n;
  for (let k = 0; k < n - 1; k++) {
    const pivot = a.findIndex((row, i) => i >= k && row[k] !== 0n);
    if (pivot < 0) return 0n;
    if (pivot !== k) {
      [a[k], a[pivot]] = [a[pivot], a[k]];
      sign = -sign;
    }
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) a[i][j] = (a[i][j] * a[k][k] - a[i][k] * a[k][j]) / previous;
    }
    previous = a[k][k];
  }
  return sign * a[n - 1][n - 1];
}

/** Autocorrelations against the sums that define them: integers, so they must be equal. */
export function checkAutocorrelations(images: NDArray<"int32">, answer: NDArray): string {
  const [, rows, cols] = images.shape;
  const lags = [[0, 0], [1, 0], [0, -1], [-7, 13], [40, 25], [-50, -50], [rows - 1, cols - 1], [1 - rows, 0]];
  const samples = pick(images.shape[0], 5);
  for (const k of samples) {
    const image = images.at(k);
    for (const [down, right] of lags) {
      let sum = 0;
      for (let i = Math.max(0, -down); i < Math.min(rows, rows - down); i++) {
        for (let j = Math.max(0, -right); j < Math.min(cols, cols - right); j++) {
          sum += image.get(i, j) * image.get(i + down, j + right);
        }
      }
      const found = answer.get(k, rows - 1 + down, cols - 1 + right);
      require(found === sum, `the autocorrelation at lag (${down}, ${right}) is ${sum}, not ${found}`);
    }
  }
  return `${samples.length * lags.length} by their defining sums: equal, as integers are`;
}

/** Fourier transforms against the sums that define them. */
export function checkTransforms(images: NDArray<"int32">, answer: NDArray<"complex128">): string {
  const [, rows, cols] = images.shape;
  const bins = [[0, 0], [0, 1], [1, 0], [3, 97], [50, 50], [25, 75], [64, 13], [rows - 1, cols - 1]];
  const samples = pick(images.shape[0], 5);
  let worst = 0;
  for (const k of samples) {
    const image = images.at(k);
    for (const [u, v] of bins) {
      let re = 0, im = 0, scale = 0;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          const value = image.get(i, j);
          const angle = -2 * Math.PI * ((u * i) % rows / rows + (v * j) % cols / cols);
          re += value * Math.cos(angle);
          im += value * Math.sin(angle);
          scale += value;
        }
      }
      const [foundRe, foundIm] = answer.get(k, u, v);
      worst = Math.max(worst, Math.hypot(foundRe - re, foundIm - im) / scale);
    }
  }
  require(worst <= 1e-13, `Fourier transforms are off by ${worst} of the sum of the elements`);
  return `${samples.length * bins.length} by their defining sums: off by ${
    worst.toExponential(1)
  } of bin (0, 0) at most`;
}

/** At most `most` numbers below `count`, evenly spread; the first and the last are among them. */
function pick(count: number, most: number): number[] {
  if (count <= most) return [...Array(count).keys()];
  return Array.from({ length: most }, (_, i) => Math.round(i * (count - 1) / (most - 1)));
}

function require(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(`Wrong answer: ${otherwise}`);
}
