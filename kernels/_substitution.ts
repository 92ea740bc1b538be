/**
 * Linear equations and inverses from the decompositions that `decompose` leaves of real square matrices.
 *
 * Right sides are row-major, contiguous, and are overwritten.
 */

/** Fewer right sides than these are solved one by one. */
const FEW = 4;

/** Solves `A X = B`, where `b` holds `B` and gets `X`. */
export function substitute(
  lu: Float64Array,
  n: number,
  exchanges: Int32Array,
  b: Float64Array,
  columns: number,
): void {
  for (let k = 0; k < n; k++) {
    const top = k * columns, row = exchanges[k] * columns;
    for (let j = 0; row !== top && j < columns; j++) {
      const x = b[top + j];
      b[top + j] = b[row + j];
      b[row + j] = x;
    }
  }
  if (columns < FEW) {
    for (let column = 0; column < columns; column++) substituteOne(lu, n, b, columns, column);
    return;
  }
  for (let i = 1; i < n; i++) subtractRows(lu, n, i, 0, i, b, columns);
  substituteBack(lu, n, b, columns);
}

/**
 * Gives the inverse of `A`, as LAPACK's `getri`: the inverse of `L` has zeros above its diagonal, so it costs
 * less than any right sides.
 */
export function invert(lu: Float64Array, n: number, exchanges: Int32Array, inverse: Float64Array): void {
  inverse.fill(0, 0, n * n);
  for (let i = 0; i < n; i++) {
    inverse[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      const f = lu[i * n + j];
      for (let c = 0; c <= j; c++) inverse[i * n + c] -= f * inverse[j * n + c];
    }
  }
  substituteBack(lu, n, inverse, n);
  for (let row = 0; row < n * n; row += n) {
    for (let k = n - 1; k >= 0; k--) {
      const from = row + exchanges[k], x = inverse[row + k];
      inverse[row + k] = inverse[from];
      inverse[from] = x;
    }
  }
}

/** One right side, in a column of `b` that is in the order of the pivots already. */
function substituteOne(lu: Float64Array, n: number, b: Float64Array, columns: number, column: number): void {
  for (let i = 1; i < n; i++) {
    let sum = b[i * columns + column];
    for (let j = 0, t = column; j < i; j++, t += columns) sum -= lu[i * n + j] * b[t];
    b[i * columns + column] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i * columns + column];
    for (let j = i + 1, t = j * columns + column; j < n; j++, t += columns) sum -= lu[i * n + j] * b[t];
    b[i * columns + column] = sum / lu[i * n + i];
  }
}

/** Solves `U X = B`. */
function substituteBack(lu: Float64Array, n: number, b: Float64Array, columns: number): void {
  for (let i = n - 1; i >= 0; i--) {
    subtractRows(lu, n, i, i + 1, n, b, columns);
    const pivot = lu[i * n + i];
    for (let t = i * columns, end = t + columns; t < end; t++) b[t] /= pivot;
  }
}

/** Subtracts from row `i` of `b` its rows `from` to `to - 1`, each times its element of row `i` of `lu`. */
function subtractRows(
  lu: Float64Array,
  n: number,
  i: number,
  from: number,
  to: number,
  b: Float64Array,
  columns: number,
): void {
  const row = i * columns;
  let j = from;
  for (; j + 1 < to; j += 2) {
    const f = lu[i * n + j], g = lu[i * n + j + 1], first = j * columns, second = first + columns;
    for (let c = 0; c < columns; c++) b[row + c] = b[row + c] - f * b[first + c] - g * b[second + c];
  }
  if (j < to) {
    const f = lu[i * n + j], first = j * columns;
    for (let c = 0; c < columns; c++) b[row + c] -= f * b[first + c];
  }
}
