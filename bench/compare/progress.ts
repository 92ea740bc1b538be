/**
 * Progress of long work, with the time left: a bar on a terminal, now and then a plain line elsewhere.
 *
 * @module
 */

import { duration } from "./units.ts";

const PLAIN_EVERY = 5000, BAR = 24;

/** Where progress is written. */
export interface Screen {
  /** Whether a line can be rewritten. */
  readonly isTerminal: boolean;
  /** Characters in a line. */
  width(): number;
  /** Milliseconds, from any start. */
  now(): number;
  /** Writes. */
  write(text: string): void;
}

/** The standard error stream, so that what the program prints stays clean. */
export const STDERR: Screen = {
  isTerminal: Deno.stderr.isTerminal(),
  width: () => {
    try {
      return Deno.consoleSize().columns || 80;
    } catch {
      return 80; // it does not tell
    }
  },
  now: () => performance.now(),
  write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

/** Progress through a known number of steps that take about as long as each other. */
export class Progress {
  readonly #steps: number;
  readonly #screen: Screen;
  readonly #start: number;
  #done = 0;
  #shownAt: number;

  /** @param steps How many there will be. */
  constructor(steps: number, screen: Screen = STDERR) {
    this.#steps = steps;
    this.#screen = screen;
    this.#start = this.#shownAt = screen.now();
  }

  /** Says what is being done now. */
  show(doing: string): void {
    const { isTerminal } = this.#screen, now = this.#screen.now();
    const share = this.#steps > 0 ? this.#done / this.#steps : 1;
    const percent = `${String(Math.floor(100 * share)).padStart(3)}%`;
    const line = [percent, this.#left(now), doing].filter(Boolean).join(" · ");
    if (isTerminal) {
      const filled = Math.round(BAR * share);
      const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
      this.#screen.write(`\r\x1b[K${`${bar} ${line}`.slice(0, this.#screen.width() - 1)}`);
    } else if (now - this.#shownAt >= PLAIN_EVERY) {
      this.#screen.write(`${line.trimStart()}\n`);
      this.#shownAt = now;
    }
  }

  /** Counts steps that are done, or that turned out to be unnecessary. */
  advance(steps = 1): void {
    this.#done = Math.min(this.#done + steps, this.#steps);
  }

  /** Takes the line off the terminal. */
  clear(): void {
    if (this.#screen.isTerminal) this.#screen.write("\r\x1b[K");
  }

  /** Prints a line that stays. */
  log(line: string): void {
    this.clear();
    this.#screen.write(`${line}\n`);
  }

  #left(now: number): string {
    if (this.#done === 0) return "";
    return `${duration((now - this.#start) / this.#done * (this.#steps - this.#done))} left`;
  }
}
