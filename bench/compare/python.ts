/**
 * Python's side: a child that lives as long as a comparison, is told by lines of JSON what to run, and answers with
 * lines of timings. So ours and theirs are timed in turn, in the same minute.
 *
 * @module
 */

/** Python does not do what it is asked; the message says why. */
export class PythonError extends Error {
  override name = "PythonError";
}

/** What the child says first. */
export interface Greeting {
  /** Version of Python. */
  readonly python: string;
  /** Versions of packages; `null` for what is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** What each variant lacks. */
  readonly missing: Readonly<Record<string, readonly string[]>>;
}

/** Some numbers of an answer. */
export interface Sample {
  /** How many numbers the answer has. */
  readonly length: number;
  /** Those that were asked for. */
  readonly values: readonly number[];
  /** How long the run took. */
  readonly seconds: number;
}

const GRACE = 2000; // milliseconds to end by itself
const KEPT = 2000; // characters of its stderr

/** A running child. */
export class PythonChild implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #drained: Promise<void>;
  #complaints = "";
  #greeting: Greeting | undefined;

  private constructor(command: string, args: readonly string[]) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#drained = this.#listen();
  }

  /** Starts a child, and waits for its greeting. */
  static async start(command: string, args: readonly string[]): Promise<PythonChild> {
    const child = new PythonChild(command, args);
    try {
      child.#greeting = await child.#answer() as Greeting;
      return child;
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What it said first. */
  get greeting(): Greeting {
    return this.#greeting!;
  }

  /** Has it make the input of a size. */
  async prepare(size: number): Promise<void> {
    await this.#ask({ do: "prepare", size });
  }

  /** Has it run a variant once, and gives the numbers of its answer at these places. */
  async check(variant: string, at: readonly number[]): Promise<Sample> {
    return await this.#ask({ do: "check", variant, at }) as Sample;
  }

  /** Has it run a variant some times; gives the milliseconds of each run. */
  async run(variant: string, times: number): Promise<number[]> {
    const { seconds } = await this.#ask({ do: "run", variant, times }) as { seconds: number[] };
    return seconds.map((each) => each * 1000);
  }

  /** Ends it: it is told so, and killed when it does not mind. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it may have ended before
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), GRACE);
    await this.#child.status;
    clearTimeout(timer);
    await this.#lines.return(undefined);
    await this.#drained;
  }

  async #ask(request: unknown): Promise<unknown> {
    try {
      await this.#input.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    } catch {
      // It has ended; its last words say more than a broken pipe.
    }
    return await this.#answer();
  }

  async #answer(): Promise<unknown> {
    const { value: line, done } = await this.#lines.next();
    if (done) {
      await this.#drained;
      const words = this.#complaints.trim().split("\n").at(-1);
      throw new PythonError(`Python ended${words ? `: ${words}` : " without a word"}`);
    }
    const answer = JSON.parse(line);
    if (answer.error !== undefined) throw new PythonError(answer.error);
    return answer;
  }

  async #listen(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaints = (this.#complaints + text).slice(-KEPT);
    }
  }
}

async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
