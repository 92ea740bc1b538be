/**
 * A program without `if (import.meta.main)`, as most are first written.
 *
 * @module
 */

import { Pool, Process } from "@multicore/multicore/pool";

const pool = new Pool(2);
const squares = await pool.map((x: number) => x * x, [1, 2, 3]);
const process = new Process({ target: () => {} });
process.start();
await process.join();
console.log(squares, process.exitCode);
