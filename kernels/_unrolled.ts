/**
 * Determinants of small matrices by code that is written for their order.
 *
 * The loops over the columns are written out, those over the rows are not: then the pivot's row stays in
 * local variables, and the code stays small. Written out in full it runs slower, above order 12 too.
 */

/**
 * Takes a row-major matrix and overwrites it; gives its determinant, or NaN where the product might
 * underflow.
 */
export type SmallDeterminant = (a: Float64Array) => number;

/** The greatest order for which written-out code is the fastest. */
export const LARGEST_UNROLLED = 12;

/** No product of fewer pivots than the largest order, none of them smaller than this, loses digits. */
const SMALLEST_PIVOT = 2 ** -80;

const made = new Map<number, SmallDeterminant>();

/** The determinant for matrices of order `n`, from 1 on: LU decomposition with partial pivoting. */
export function unrolledDeterminant(n: number): SmallDeterminant {
  let determinant = made.get(n);
  if (!determinant) made.set(n, determinant = new Function("a", source(n)) as SmallDeterminant);
  return determinant;
}

function source(n: number): string {
  const lines = [`"use strict";`, `let det = 1, max = 0, abs = 0, row = 0;`];
  const columns = (from: number, write: (j: number) => string) =>
    Array.from({ length: n - from }, (_, i) => write(from + i)).join(" ");
  for (let k = 0; k < n - 1; k++) {
    const top = k * n;
    lines.push(`row = ${top}; max = Math.abs(a[${top + k}]);`);
    for (let i = k + 1; i < n; i++) {
      lines.push(`abs = Math.abs(a[${i * n + k}]); if (abs > max) { max = abs; row = ${i * n}; }`);
    }
    lines.push(
      `if (max < ${SMALLEST_PIVOT}) return NaN;`,
      `{`,
      columns(k, (j) => `const u${j} = a[row + ${j}];`),
      `if (row !== ${top}) { det = -det; ${columns(k, (j) => `a[row + ${j}] = a[${top + j}];`)} }`,
      `det *= u${k};`,
      `const inverse = 1 / u${k};`,
      `for (let i = ${top + n}; i < ${n * n}; i += ${n}) {`,
      `const f = a[i + ${k}] * inverse;`,
      columns(k + 1, (j) => `a[i + ${j}] -= f * u${j};`),
      `}`,
      `}`,
    );
  }
  lines.push(`return det * a[${n * n - 1}];`);
  return lines.join("\n");
}
