/**
 * Correlation sum by sum by generated code, in tiles: a part of the first operand, continued beyond its edges as far
 * as needed, a part of the second, and the sums of both are in the heap at a time.
 */

import type { DirectOptions } from "./_direct.ts";
import type { Stage } from "./_job.ts";
import { store } from "./_lines.ts";
import { rowsOf } from "./_plane.ts";
import {
  HeapBuffers,
  type HeapPlane,
  heapPlane,
  loadRows,
  partOf,
  storeRows,
} from "./_wasm_correlate_memory.ts";
import { fillTile, isInside, type Part, partsOf } from "./_wasm_correlate_tile.ts";
import type { CorrelateRows } from "./wasm/correlate_blocks.ts";
import { correlateDoubles, correlateIntegers, DOUBLES, INTEGERS } from "./wasm/correlate_direct.ts";
import { valuesCode } from "./wasm/correlate_values.ts";

/** What is multiplied: doubles, or integers of 16 bits, whose sums are exact in 32. */
export type Numbers = "doubles" | "integers";

/** Rows and columns of sums in a tile, at most. */
const TILE_ROWS = 128, TILE_COLUMNS = 256;

/** Rows and columns of the second operand in a tile, at most; with the others, all of a tile fits the second cache. */
const KERNEL_ROWS = 64, KERNEL_COLUMNS = 256;

/** Products that are computed in one call: well within a millisecond, even by code that is not optimised. */
const PRODUCTS_PER_CALL = 1 << 19;

/** The only stage; a part is a row of sums. */
export function simdDirectStage(options: DirectOptions, numbers: Numbers): Stage {
  const { sums, symmetric } = options;
  return {
    parts: symmetric ? (sums.rows + 1) >> 1 : sums.rows,
    run(from, to) {
      using buffers = new HeapBuffers();
      const work = new DirectWork(options, numbers, buffers);
      const rows = { row: from, column: 0, rows: to - from, columns: sums.columns };
      for (const tile of partsOf(rows, TILE_ROWS, TILE_COLUMNS)) work.run(tile);
    },
  };
}

class DirectWork {
  readonly #run: CorrelateRows;
  readonly #bytes: number;
  readonly #block: number;
  readonly #step: number;
  /** Whether the second operand is in one piece. */
  readonly #isOne: boolean;
  #weightsHere: Part | undefined;

  constructor(readonly options: DirectOptions, readonly numbers: Numbers, readonly buffers: HeapBuffers) {
    const { rows, columns } = options.kernel, isDoubles = numbers === "doubles";
    this.#bytes = isDoubles ? 8 : 2;
    this.#block = isDoubles ? DOUBLES : INTEGERS;
    this.#step = isDoubles ? 1 : 2;
    this.#isOne = rows <= KERNEL_ROWS && columns <= KERNEL_COLUMNS;
    const width = roundUp(Math.min(columns, KERNEL_COLUMNS), this.#step);
    const height = this.#isOne ? rows : KERNEL_ROWS;
    this.#run = isDoubles ? correlateDoubles(height, width) : correlateIntegers(height, width);
  }

  /** Computes the sums of a tile. */
  run(tile: Part): void {
    const { kernel, target, sums, symmetric } = this.options;
    const all: Part = { row: 0, column: 0, rows: kernel.rows, columns: kernel.columns };
    // In one go, blocks may overlap; else whole blocks need some room beside the sums.
    const fits = this.#isOne && tile.rows > 1 && tile.columns >= this.#block;
    const there = fits && !symmetric ? heapPlane(target) : undefined;
    const rows = fits ? tile.rows : roundUp(tile.rows, 2);
    const columns = fits ? tile.columns : roundUp(tile.columns, this.#block);
    const result = there ? undefined : this.buffers.get("sums", rows * columns);
    let fresh = true;
    for (const weights of partsOf(all, KERNEL_ROWS, KERNEL_COLUMNS)) {
      this.#loadWeights(weights);
      if (there) {
        const { row, column } = tile, at = there.address + row * there.pitch + 8 * column;
        this.#correlate(tile, tile.rows, tile.columns, weights, at, there.pitch, true);
      } else {
        this.#correlate(tile, rows, columns, weights, result!.byteOffset, 8 * columns, fresh);
      }
      fresh = false;
    }
    if (!result) return;
    storeRows(result, 0, columns, partOf(target, tile.row, tile.column, tile.rows, tile.columns));
    if (!symmetric) return;
    // The opposite sums are the same; the row in the middle is its own opposite.
    const count = Math.min(tile.rows, (sums.rows >> 1) - tile.row);
    if (count <= 0) return;
    const opposite = partOf(
      target,
      sums.rows - 1 - tile.row,
      sums.columns - 1 - tile.column,
      count,
      tile.columns,
    );
    const { data, offset, step, lineStep } = rowsOf(opposite, 0);
    store(result, 0, columns, tile.columns, count, 1, { data, offset, step: -step, lineStep: -lineStep });
  }

  #loadWeights(part: Part): void {
    const here = this.#weightsHere;
    if (here && here.row === part.row && here.column === part.column) return;
    this.#weightsHere = part;
    const { kernel } = this.options, plane = partOf(kernel, part.row, part.column, part.rows, part.columns);
    if (this.numbers === "doubles") {
      loadRows(plane, this.buffers.get("weights", part.rows * part.columns));
      return;
    }
    const width = roundUp(part.columns, 8);
    const wide = this.buffers.get("wide weights", part.rows * width).fill(0, 0, part.rows * width);
    loadRows(plane, wide, 0, width);
    const narrow = this.buffers.get("weights", part.rows * width / 4 + 1).byteOffset;
    valuesCode().narrow(wide.byteOffset, 8 * width, narrow, this.#weightsPitch(part), part.rows, width);
  }

  /** Correlates what a tile needs of the first operand with the weights at hand. */
  #correlate(
    tile: Part,
    rows: number,
    columns: number,
    weights: Part,
    out: number,
    outPitch: number,
    fresh: boolean,
  ): void {
    const { extension: { plane, top, left }, outside } = this.options;
    const needed: Part = {
      row: tile.row + weights.row - top,
      column: tile.column + weights.column - left,
      rows: tile.rows + weights.rows - 1,
      columns: tile.columns + weights.columns - 1,
    };
    const kernelColumns = roundUp(weights.columns, this.#step);
    const image = this.#image(needed, rows + weights.rows - 1, columns + kernelColumns);
    const live = outside ? [0, image.rows, 0, image.columns] : [
      -needed.row,
      plane.rows - needed.row,
      -needed.column,
      plane.columns - needed.column,
    ];
    const weightsAt = this.buffers.get("weights", 1).byteOffset, weightsPitch = this.#weightsPitch(weights);
    forBlocks(rows, columns, this.#block, 2 * weights.rows * weights.columns, (u, v, height, width) => {
      this.#run(
        image.address + u * image.pitch + v * this.#bytes,
        image.pitch,
        weightsAt,
        weightsPitch,
        weights.rows,
        kernelColumns,
        out + u * outPitch + 8 * v,
        outPitch,
        height,
        width,
        live[0] - u,
        live[1] - u,
        live[2] - v,
        live[3] - v,
        fresh ? 1 : 0,
      );
    });
  }

  #weightsPitch({ columns }: Part): number {
    return this.numbers === "doubles" ? 8 * columns : 2 * roundUp(columns, 8);
  }

  /** A part of the continued first operand: where it lies, or in a tile with room for so many rows and columns. */
  #image(part: Part, rows: number, columns: number): HeapPlane {
    const { extension } = this.options, isDoubles = this.numbers === "doubles";
    const here = heapPlane(extension.plane);
    // Where the sums have no room beside them, nothing is read beside the image either.
    const isExact = isDoubles && rows === part.rows && columns === part.columns + 1;
    if (here && isExact && isInside(part, extension)) {
      return {
        address: here.address + part.row * here.pitch + 8 * part.column,
        pitch: here.pitch,
        rows,
        columns,
      };
    }
    const pitch = roundUp(columns, 8);
    const doubles = this.buffers.get("image", rows * pitch);
    fillTile(extension, part, doubles, pitch);
    if (isDoubles) return { address: doubles.byteOffset, pitch: 8 * pitch, rows, columns };
    const narrow = this.buffers.get("narrow image", rows * pitch / 4 + 1).byteOffset;
    valuesCode().narrow(doubles.byteOffset, 8 * pitch, narrow, 2 * pitch, rows, pitch);
    return { address: narrow, pitch: 2 * pitch, rows, columns };
  }
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/**
 * Calls `body` for rectangles of sums that make a call each, and that cover all. None is less than two rows and a block:
 * where so little is left, sums are computed again.
 */
function forBlocks(
  rows: number,
  columns: number,
  block: number,
  productsPerColumn: number,
  body: (row: number, column: number, rows: number, columns: number) => void,
): void {
  const some = Math.max(1, Math.floor(PRODUCTS_PER_CALL / productsPerColumn / block)) * block;
  const mostColumns = Math.min(columns, some);
  const mostRows = 2 * Math.max(1, Math.floor(PRODUCTS_PER_CALL / (productsPerColumn * mostColumns)));
  for (let u = 0; u < rows; u += mostRows) {
    const height = Math.min(rows, mostRows, Math.max(2, rows - u)), row = Math.min(u, rows - height);
    for (let v = 0; v < columns; v += mostColumns) {
      const width = Math.min(mostColumns, Math.max(block, columns - v));
      body(row, Math.min(v, columns - width), height, width);
    }
  }
}
