/**
 * Inside a worker of a pool: claims items from the board, runs them, and reports how each ended.
 *
 * One item runs at a time, and the next is claimed when it has ended. Between items the event loop gets its turn every
 * few milliseconds. An idle worker looks for some microseconds whether more comes, then sleeps until the bell rings.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { MessagePort } from "node:worker_threads";
import { Block } from "../shared/block.ts";
import { inherit, inheritedModules } from "../shared/inheritance.ts";
import { Board } from "./_board.ts";
import { type Claims, Finder } from "./_claims.ts";
import { loadClasses } from "./_classes.ts";
import { decode, prepare } from "./_codec.ts";
import { farewell } from "./_farewell.ts";
import { FLAGS, FUNCTION, FUNCTION_AT, FUNCTION_LENGTH, FUNCTION_POSTED, TIMED } from "./_frame.ts";
import { Functions } from "./_functions_here.ts";
import { guardHeap, type HeapGuard } from "./_heap_guard.ts";
import { decodeWire } from "./_item_bytes.ts";
import { ItemRunner } from "./_item_runner.ts";
import { Patience } from "./_patience.ts";
import type { AnyFunction } from "./process.ts";
import type { PoolOrder } from "./_protocol.ts";
import { Reporter } from "./_reporter.ts";
import { CLAIM, Tracer, WAIT } from "./_tracer.ts";
import { BROKEN, READY, SPENT } from "./_reports.ts";
import { timeOfAll } from "./_worker_figures.ts";

/** Milliseconds that items are run without a turn of the event loop. */
const TURN = 4;

/** Serves until it is told to retire, or is stopped. */
export function servePool(
  line: MessagePort,
  { end, exhausted }: { readonly end: (code: number) => never; readonly exhausted: () => void },
): void {
  const born = performance.now(), functions = new Functions();
  const guard = guardHeap(exhausted);
  const kept: KeptOrder[] = [];
  let server: Server | undefined;
  // What is done upon orders, and between them, one at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => unknown) => turn = turn.then(act);

  const handle = (order: PoolOrder) => {
    switch (order.type) {
      case "function":
        return functions.arrived(order.id, order.wire);
      case "inherit":
        return inherit(order.estate);
      case "retire":
        server?.stop();
        return inTurn(async () => {
          await farewell();
          end(0);
        });
      case "run":
        kept.push(order);
        return inTurn(() => server?.runAll());
      default:
        return inTurn(async () => {
          const board = Board.join(order.board), reporter = new Reporter(board, line);
          if (order.type === "initialize") {
            try {
              await prepare(order.fn);
              await prepare(order.args);
              await (decode(order.fn) as AnyFunction)(...decode(order.args) as unknown[]);
            } catch (error) {
              return reporter.tell(BROKEN, 0, error);
            }
          }
          const { trace } = order,
            tracer = trace &&
              new Tracer(Block.attach(trace), born, (lap, spans) => reporter.spans(lap, spans));
          tracer?.to(CLAIM);
          reporter.tell(READY, timeOfAll());
          server = new Server(board, reporter, functions, { kept, guard, limit: order.limit, tracer });
          serve(server);
          loadInherited();
        });
    }
  };
  const serve = async (server: Server) => {
    while (!server.isOver) {
      const { rings } = server.board;
      await inTurn(() => server.runAll());
      if (!server.isOver) await server.park(rings);
    }
  };
  line.on("message", handle);
}

/**
 * Loads modules when the event loop comes round: the first task that wants one of them finds it loaded, or under way.
 * What cannot be loaded here fails where it is wanted, and says why there.
 */
function loadInherited(): void {
  setImmediate(async () => {
    for (const address of inheritedModules()) await import(address).catch(() => {});
  });
}

type KeptOrder = PoolOrder & { readonly type: "run" };

/** One worker's service. */
class Server {
  isOver = false;
  readonly #finder: Finder;
  readonly #runner: ItemRunner;
  /** It looks once each time that it runs out of work. */
  readonly #patience = new Patience(true);
  #turnedAt = performance.now();

  constructor(
    readonly board: Board,
    readonly reporter: Reporter,
    readonly functions: Functions,
    readonly options: {
      /** So many items are to be run. */
      readonly limit: number;
      /** Items that are kept for this worker. */
      readonly kept: KeptOrder[];
      /** Watches over the heap. */
      readonly guard: HeapGuard;
      /** Of a traced pool. */
      readonly tracer: Tracer | undefined;
    },
  ) {
    this.#finder = new Finder(board);
    this.#runner = new ItemRunner(reporter, options.tracer);
  }

  /** Begins no more items. */
  stop(): void {
    this.isOver = true;
  }

  /** Runs all that can be claimed. */
  async runAll(): Promise<void> {
    const { kept, guard } = this.options;
    while (!this.isOver) {
      const order = kept.shift(), claims = order ? undefined : this.#finder.find();
      if (!order && !claims) break;
      guard.work(true);
      if (order) await this.#runKept(order);
      else await this.#runBatch(claims!, await this.#functionOf(claims!));
    }
  }

  async #runBatch(claims: Claims, fn: AnyFunction | { readonly failure: unknown }): Promise<void> {
    const runner = this.#runner, { limit, kept } = this.options;
    runner.begin(claims, fn);
    for (let item; !this.isOver && !kept.length && (item = claims.next(limit - runner.ran)) >= 0;) {
      const pending = runner.run(item);
      if (pending) await pending;
      if (runner.ran >= limit) this.#spend();
      if (runner.now - this.#turnedAt > TURN) {
        runner.flush();
        await this.#turn();
        runner.now = this.#turnedAt;
      }
    }
    runner.end();
  }

  #spend(): void {
    this.isOver = true;
    this.#runner.flush();
    this.reporter.tell(SPENT, 0);
  }

  async #turn(): Promise<void> {
    // Not by a timer: the least that one takes is a millisecond.
    await new Promise((resolve) => setImmediate(resolve));
    // What an earlier item left running may have filled the heap just now; that must not cost the next.
    this.options.guard.look();
    this.#turnedAt = performance.now();
  }

  /** The function of a batch, or why there is none. */
  async #functionOf(claims: Claims): Promise<AnyFunction | { readonly failure: unknown }> {
    const { frame } = claims, id = frame.header(FUNCTION), known = this.functions.get(id);
    const flags = frame.header(FLAGS);
    try {
      if (flags & TIMED) await loadClasses(); // what is timed is the item
      if (known) return known;
      if (flags & FUNCTION_POSTED) return await this.functions.arrival(id);
      const bytes = frame.bytes(frame.header(FUNCTION_AT), frame.header(FUNCTION_LENGTH));
      this.reporter.figures.got += bytes.length;
      // Else the bytes may be another's, and nothing of this batch will be claimed.
      return claims.isCurrent ? await this.functions.load(id, bytes) : { failure: undefined };
    } catch (failure) {
      return { failure };
    }
  }

  /** Runs the item that was kept for this worker. */
  async #runKept({ sequence, frame, wire }: KeptOrder): Promise<void> {
    const claims = this.#finder.open({ sequence, frame });
    if (!claims) return;
    const fn = await this.#functionOf(claims);
    if (!claims.claimKept(0)) return;
    const runner = this.#runner;
    runner.begin(claims, fn);
    await runner.run(0, () => decodeWire(wire));
    runner.end();
    if (runner.ran >= this.options.limit) this.#spend();
  }

  /** Waits until the bell has rung more often than `rings`; the creator rings it. */
  async park(rings: number): Promise<void> {
    const { board, reporter: { figures }, options: { tracer } } = this;
    const from = performance.now();
    tracer?.to(WAIT, 0, 0, 1, from);
    figures.wait(from);
    const hasRung = board.look(rings, this.#patience);
    if (!hasRung) {
      loadClasses().catch(() => {}); // who needs one hears of the failure
      this.options.guard.work(false);
      await board.sleep(rings);
    }
    const now = performance.now();
    if (!hasRung) this.#turnedAt = now;
    figures.goOn(now);
    tracer?.to(CLAIM, 0, 0, 1, now);
  }
}
