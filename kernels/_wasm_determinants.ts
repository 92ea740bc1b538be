/**
 * Determinants of real matrices by generated WebAssembly, to the same bits as by the plain kernel.
 *
 * Matrices of doubles in the shared heap are read where they lie; others are staged there, a tile at a time. What the
 * code leaves undecided, as its product left the range of doubles on the way, is given to the plain kernel.
 */

import { heapBuffer, isHeapBuffer } from "../shared/heap.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { kernelBackend } from "./backend.ts";
import { type Lines, load } from "./_lines.ts";
import { Matrices, type MatrixView } from "./_matrices.ts";
import type { Stack } from "./_stack.ts";
import { withRoom } from "./_wasm_room.ts";
import { instantiated } from "./wasm/compiled.ts";
import {
  LARGEST_IN_PAIRS,
  type PairDeterminants,
  pairDeterminants,
  workBytes,
} from "./wasm/determinant_pairs.ts";
import {
  INTERLEAVED as ROWS_TOGETHER,
  matrixBytes,
  packedBytes,
  PANEL,
  type RowElimination,
  rowElimination,
  rowPitch,
} from "./wasm/determinant_rows.ts";

/** Writes the determinants of `count` matrices of a run. */
type Block = (first: number, count: number) => void;

/** What determinants are wanted of what. */
export interface WantedDeterminants {
  /** The matrices. */
  readonly matrices: NDArray;
  /** How they lie. */
  readonly view: MatrixView;
  /** Where the determinants go. */
  readonly out: NDArray;
  /** What numbers both. */
  readonly stack: Stack;
  /** The plain kernel, for what is undecided. */
  readonly plain: Block;
}

/** Less work than this, some 30 microseconds of the plain kernel, is not worth code of its own. */
const WORTH_CODE = 1e5;

/** Whether to take determinants of `count` matrices of order `n` by WebAssembly. */
export function isWorthCode(count: number, n: number): boolean {
  return n > 0 && count * (n + 2) ** 3 >= WORTH_CODE && kernelBackend() === "wasm";
}

/** How many matrices are best taken together. */
export function determinantsTogether({ matrices, view: { rows: n }, stack }: WantedDeterminants): number {
  const isInterleaved = isInHeap(matrices) && stack.step(0) === 1;
  if (n > LARGEST_IN_PAIRS) return isInterleaved ? ROWS_TOGETHER : 1;
  // Of matrices that are interleaved, many share the cache lines they lie in; of others the next ones are fetched
  // while these are worked on.
  return isInterleaved ? Math.min(INTERLEAVED, CACHED / n ** 2) & ~1 : APART;
}

/** Runs units `from` to `to - 1`. */
export function runDeterminants(wanted: WantedDeterminants, from: number, to: number): void {
  const plan = wanted.view.rows <= LARGEST_IN_PAIRS ? pairs(wanted, to - from) : rows(wanted, to - from);
  const { stack, plain } = wanted;
  withRoom(8 * plan.doubles, (address) => {
    const room = new Float64Array(heapBuffer(), address, plan.doubles);
    stack.forRuns(from, to, plan.most, plan.block(room));
  }, () => stack.forRuns(from, to, 1, plain));
}

/** How to work. */
interface Plan {
  /** Doubles of the heap that are needed meanwhile. */
  readonly doubles: number;
  /** Matrices that are worked on together. */
  readonly most: number;
  /** What to do with them, given the doubles. */
  readonly block: (room: Float64Array) => Block;
}

/** Operations of a call into WebAssembly, about: it lasts a millisecond at most until the code is optimised. */
const OPERATIONS = 2 ** 21;

/** Matrices that are made pairs of at a time, at most: of those that are interleaved, and of others. */
const INTERLEAVED = 256, APART = 8;

/** Bytes up to which large matrices that are interleaved are loaded together. */
const LARGEST_TOGETHER = 2 ** 20;

/** Doubles that the second-level cache has room for, beside other things. */
const CACHED = 2 ** 15;

/** Matrices that are staged in the heap at a time. */
const TILE = 64;

const NONE = new Float64Array(0);

/** Matrices side by side in the lanes. */
function pairs(wanted: WantedDeterminants, count: number): Plan {
  const { matrices, view, stack } = wanted, n = view.rows, size = n * n, inPlace = isInHeap(matrices);
  const together = determinantsTogether(wanted);
  const calls = inPlace ? Math.max(1, Math.floor(OPERATIONS / (together * (n + 4) ** 3))) : TILE / APART;
  const most = Math.min(together * calls, count + (count & 1));
  const work = workBytes(n, Math.min(together, most)) / 8;
  return {
    doubles: work + most + (inPlace ? 0 : most * size),
    most,
    block: (room) => {
      const { determinants } = instantiated<PairDeterminants>(
        `determinants ${n}`,
        () => pairDeterminants(n),
      );
      const results = room.subarray(work, work + most), tile = { re: room.subarray(work + most), im: NONE };
      const tiles = new Matrices(matrices, stack, 0, view);
      const steps = (inPlace ? [view.rowStep, view.columnStep, stack.step(0)] : [n, 1, size])
        .map((step) => 8 * step) as [number, number, number];
      return (first, count) => {
        if (!inPlace) tiles.load(first, count, tile);
        const source = inPlace ? addressOf(wanted, first) : tile.re.byteOffset;
        determinants(source, ...steps, count, together, room.byteOffset, results.byteOffset);
        storeResults(wanted, first, count, results);
      };
    },
  };
}

/** One matrix after the other. */
function rows(wanted: WantedDeterminants, count: number): Plan {
  const { matrices, view, stack } = wanted, n = view.rows, pitch = rowPitch(n), size = matrixBytes(n);
  const inPlace = isInHeap(matrices), packed = packedBytes(n);
  const most = size <= LARGEST_TOGETHER ? Math.min(count, determinantsTogether(wanted)) : 1;
  return {
    doubles: (packed + most * size) / 8,
    most,
    block: (room) => {
      const code = instantiated<RowElimination>("elimination", rowElimination);
      const results = new Float64Array(most), work = room.byteOffset + packed;
      const steps = [8 * view.rowStep, 8 * view.columnStep, 8 * stack.step(0)] as const;
      return (first, count) => {
        if (inPlace) code.load(addressOf(wanted, first), ...steps, count, n, work, pitch, size);
        else load(linesOf(wanted, first), n, n, room, packed / 8, pitch / 8);
        for (let i = 0; i < count; i++) {
          const sign = eliminate(code, n, work + i * size, pitch, room.byteOffset);
          results[i] = productOf(room, (packed + i * size) / 8, pitch / 8 + 1, n, sign);
        }
        storeResults(wanted, first, count, results);
      };
    },
  };
}

/** The sign of the exchanges, 0 where a pivot is 0, or NaN where the plain kernel must be asked. */
function eliminate(code: RowElimination, n: number, work: number, pitch: number, packed: number): number {
  let exchanges = 0;
  for (let column = 0; column < n; column += PANEL) {
    const more = code.eliminate(work, n, pitch, column, packed);
    if (more < 0) return more === -2 ? 0 : NaN;
    exchanges += more;
  }
  return exchanges & 1 ? -1 : 1;
}

const SAFE_MINIMUM = 2 ** -1022, LARGEST_NORMAL = 1.7976931348623157e308;

/** The product of `count` pivots, or NaN where it may have lost digits. */
function productOf(pivots: Float64Array, at: number, step: number, count: number, sign: number): number {
  let product = sign;
  for (let k = 0; k < count && sign !== 0; k++) {
    product *= pivots[at + k * step];
    if (!(Math.abs(product) >= SAFE_MINIMUM)) return NaN;
  }
  return product;
}

function storeResults(wanted: WantedDeterminants, first: number, count: number, results: Float64Array): void {
  const { out, stack, plain } = wanted, data = out.data as Float64Array, step = stack.step(1);
  const position = out.offset + stack.position(first, 1);
  for (let i = 0; i < count; i++) {
    const size = Math.abs(results[i]);
    const isSure = size >= SAFE_MINIMUM
      ? size <= LARGEST_NORMAL
      : size === 0 && isModerate(wanted, first + i);
    if (isSure) data[position + i * step] = results[i] || 0; // not -0
    else plain(first + i, 1);
  }
}

/**
 * Whether the plain kernel, in doubt, decomposes that matrix as it is: a pivot of 0 is one there too. It moves rows
 * away from the ends of the range of doubles, which may make other rows the pivots'.
 */
function isModerate({ matrices, view, stack }: WantedDeterminants, index: number): boolean {
  const { rows, rowStep, columnStep } = view, { data, dtype } = matrices;
  if (dtype !== "float64") return true;
  const start = matrices.offset + stack.position(index);
  for (let i = 0; i < rows; i++) {
    let max = 0;
    for (let j = 0; j < rows; j++) {
      max = Math.max(max, Math.abs(data[start + i * rowStep + j * columnStep] as number));
    }
    if (!(max <= 2 ** 900 && (max >= 2 ** -800 || max === 0))) return false;
  }
  return true;
}

function isInHeap({ data, dtype }: NDArray): boolean {
  return dtype === "float64" && isHeapBuffer(data.buffer);
}

/** The address of the matrix of that number, which lies in the heap. */
function addressOf({ matrices, stack }: WantedDeterminants, index: number): number {
  return matrices.data.byteOffset + 8 * (matrices.offset + stack.position(index));
}

/** The rows of the matrix of that number. */
function linesOf({ matrices, view, stack }: WantedDeterminants, index: number): Lines {
  const offset = matrices.offset + stack.position(index);
  return { data: matrices.data, offset, step: view.columnStep, lineStep: view.rowStep };
}
