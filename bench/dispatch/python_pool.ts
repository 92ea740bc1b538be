/**
 * Python's pool, where there is one: a child that maps the numbers whenever it is told to.
 *
 * @module
 */

/** A child that runs `bench/python/pool_map.py`. */
export class PythonPool {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";
  readonly #answers: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts it; undefined when there is no Python. */
  static async start(): Promise<PythonPool | undefined> {
    const path = new URL("../python/pool_map.py", import.meta.url).pathname;
    try {
      const command = new Deno.Command("python3", { args: [path], stdin: "piped", stdout: "piped" });
      const pool = new PythonPool(command.spawn());
      await pool.map();
      return pool;
    } catch {
      return undefined;
    }
  }

  /** Maps once; gives the milliseconds that it says it took. */
  async map(): Promise<number> {
    await this.#input.write(new TextEncoder().encode("\n"));
    for (let end; (end = this.#rest.indexOf("\n")) < 0 || end === 0;) {
      const { value, done } = await this.#answers.read();
      if (done) throw new Error("Python has ended");
      this.#rest = (this.#rest + value).trimStart();
    }
    const line = this.#rest.slice(0, this.#rest.indexOf("\n"));
    this.#rest = this.#rest.slice(line.length + 1);
    return Number(line) * 1000;
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#input.close();
    await this.#child.status;
  }
}
