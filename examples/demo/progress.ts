/**
 * Progress of long work: one line that is rewritten on a terminal, now and then a plain line elsewhere.
 *
 * @module
 */

const PLAIN_EVERY = 2000; // milliseconds

/** Writes progress to stderr, so that what the program prints stays clean. */
export class Progress {
  readonly #isTerminal: boolean = Deno.stderr.isTerminal();
  #shownAt: number = performance.now();

  /** Says what is going on. */
  show(text: string): void {
    if (this.#isTerminal) {
      this.#write(`\r\x1b[K${text.slice(0, terminalWidth() - 1)}`);
    } else if (performance.now() - this.#shownAt >= PLAIN_EVERY) {
      this.#write(`${text}\n`);
      this.#shownAt = performance.now();
    }
  }

  /** Takes the line off the terminal. */
  clear(): void {
    if (this.#isTerminal) this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80; // it does not tell
  }
}
