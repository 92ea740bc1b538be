/**
 * Blocks, loops, branches, calls: what they compute when they run.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  call,
  drop,
  f64,
  type FunctionHandle,
  i32,
  i64,
  type Label,
  type Local,
} from "../../../kernels/wasm/assembler.ts";
import { type Callable, running } from "./_run.ts";

/** The values of the counter that a loop runs its body with, and the one it ends with. */
function rounds(from: number, to: number, step: number, unsigned = false): { seen: number[]; last: number } {
  const seen: number[] = [];
  const { exports } = running((m) => {
    const see = m.importFunction("env", "see", ["i32"], "void");
    const range = (from: Local<"i32"> | number, to: Local<"i32"> | number, counter: Local<"i32">) => (
      { from, to, step, unsigned, counter }
    );
    m.exportFunction("variable", ["i32", "i32"], "i32", (f, from, to) => {
      const counter = f.local("i32");
      f.forLoop(range(from, to, counter), (i) => f.emit(call(see, i)));
      return counter;
    });
    m.exportFunction("constant", [], "i32", (f) => {
      const counter = f.local("i32");
      f.forLoop(range(from, to, counter), (i) => f.emit(call(see, i)));
      return counter;
    });
  }, { see: (value) => void seen.push(Number(value)) });
  const last = exports.variable(from, to) as number;
  const once = seen.splice(0);
  assertEquals(exports.constant(), last);
  assertEquals(seen, once);
  return { seen, last };
}

Deno.test("forLoop() counts up, down, by steps, and not at all", () => {
  assertEquals(rounds(0, 4, 1), { seen: [0, 1, 2, 3], last: 4 });
  assertEquals(rounds(-3, 4, 3), { seen: [-3, 0, 3], last: 6 });
  assertEquals(rounds(5, 0, -2), { seen: [5, 3, 1], last: -1 });
  assertEquals(rounds(0, 0, 1), { seen: [], last: 0 });
  assertEquals(rounds(3, -3, 1), { seen: [], last: 3 });
  assertEquals(rounds(-3, 3, -1), { seen: [], last: -3 });
});

Deno.test("forLoop() counts addresses above 2 GiB when it compares as unsigned", () => {
  const edge = 2 ** 31;
  assertEquals(rounds(edge - 8, edge + 8, 8, true), { seen: [edge - 8, -edge], last: -edge + 8 });
  assertEquals(rounds(edge - 8, edge + 8, 8).seen, []);
});

Deno.test("forLoop() leaves by break, skips by continue, and computes its end anew", () => {
  const { exports } = running((m) => {
    m.exportFunction("sum", ["i32"], "i32", (f, to) => {
      const sum = f.local("i32");
      f.forLoop({ to, step: i32.add(1, 0) }, (i, labels) => {
        f.br_if(labels.continue, i32.and(i, 1));
        f.br_if(labels.break, i32.ge_s(i, 10));
        f.set(sum, i32.add(sum, i));
      });
      return sum;
    });
    m.exportFunction("shrinking", ["i32"], "i32", (f, to) => {
      const count = f.local("i32");
      f.forLoop({ to }, () => {
        f.set(count, i32.add(count, 1));
        f.set(to, i32.sub(to, 1));
      });
      return count;
    });
  });
  assertEquals(exports.sum(7), 0 + 2 + 4 + 6);
  assertEquals(exports.sum(1000), 0 + 2 + 4 + 6 + 8);
  assertEquals(exports.shrinking(10), 5);
});

Deno.test("while(), loop(), block() and if() nest, and branches find their way out", () => {
  const { exports } = running((m) => {
    m.exportFunction("gcd", ["i32", "i32"], "i32", (f, a, b) => {
      f.while(b, () => {
        const rest = f.let(i32.rem_u(a, b));
        f.set(a, b);
        f.set(b, rest);
      });
      return a;
    });
    m.exportFunction("collatz", ["i64"], "i32", (f, n) => {
      const steps = f.local("i32");
      f.block((done) =>
        f.loop((again) => {
          f.br_if(done, i64.eq(n, 1n));
          f.set(steps, i32.add(steps, 1));
          f.if(
            i32.wrap_i64(i64.and(n, 1n)),
            () => f.set(n, i64.add(i64.mul(n, 3n), 1n)),
            () => f.set(n, i64.shr_u(n, 1n)),
          );
          f.br(again);
        })
      );
      f.return(steps);
    });
    m.exportFunction("digits", ["i32"], "i32", (f, n) => {
      const digits = f.local("i32");
      f.while(i32.const(1), (labels) => {
        f.set(digits, i32.add(digits, 1));
        f.set(n, i32.div_u(n, 10));
        f.if(n, () => f.br(labels.continue));
        f.br(labels.break);
      });
      return digits;
    });
  });
  assertEquals(exports.gcd(1071, 462), 21);
  assertEquals(exports.collatz(27n), 111);
  assertEquals([0, 9, 10, 12345].map((n) => exports.digits(n)), [1, 1, 2, 5]);
});

Deno.test("br_table() chooses by index, and falls back beyond the last", () => {
  const { exports } = running((m) => {
    m.exportFunction("choose", ["i32"], "i32", (f, index) => {
      f.block((last) => {
        f.block((second) => {
          f.block((first) => f.br_table([first, second], last, index));
          f.return(100);
        });
        f.return(200);
      });
      f.return(300);
    });
  });
  assertEquals([0, 1, 2, -1].map((index) => exports.choose(index)), [100, 200, 300, 300]);
});

Deno.test("a branch deep inside reaches the outermost of 201 blocks", () => {
  const { exports } = running((m) => {
    m.exportFunction("deep", ["i32"], "i32", (f, x) => {
      const nest = (depth: number, outermost?: Label): void =>
        f.block((label) => {
          if (depth > 0) nest(depth - 1, outermost ?? label);
          else f.br_if(outermost!, x);
          f.set(x, i32.sub(x, 1));
        });
      nest(200);
      return x;
    });
  });
  assertEquals(exports.deep(7), 7);
  assertEquals(exports.deep(0), -201);
});

Deno.test("functions call each other, themselves, and imported ones", () => {
  const { exports } = running((m) => {
    const log = m.importFunction("env", "log", ["f64"], "f64");
    const isOdd = m.declare("isOdd", ["i32"], "i32");
    const isEven = m.exportFunction("isEven", ["i32"], "i32", (f, n) => {
      f.if(i32.eqz(n), () => f.return(1));
      return call(isOdd, i32.sub(n, 1));
    });
    m.define(isOdd, (f, n) => {
      f.if(i32.eqz(n), () => f.return(0));
      return call(isEven, i32.sub(n, 1));
    });
    const factorial: FunctionHandle<readonly ["f64"], "f64"> = m.declare("factorial", ["f64"], "f64");
    m.define(factorial, (f, n) => {
      f.if(f64.le(n, 1), () => f.return(1));
      return f64.mul(n, call(factorial, f64.sub(n, 1)));
    });
    m.export(factorial, "gamma");
    m.exportFunction(
      "logTwice",
      ["f64"],
      "void",
      (f, x) => f.emit(drop(call(log, x)), drop(call(log, call(log, x)))),
    );
  }, { log: (x) => logged.push(x as number) && Math.log(x as number) });
  const logged: number[] = [];
  assertEquals([exports.isEven(10), exports.isEven(7)], [1, 0]);
  assertEquals(exports.gamma(10), 3628800);
  exports.logTwice(8);
  assertEquals(logged, [8, 8, Math.log(8)]);
});

Deno.test("a function whose end is reached without its result traps", () => {
  const { exports } = running((m) => {
    m.exportFunction("positive", ["f64"], "f64", (f, x) => f.if(f64.gt(x, 0), () => f.return(x)));
    m.exportFunction("never", [], "void", (f) => f.unreachable());
  });
  assertEquals(exports.positive(2), 2);
  assertThrows(() => exports.positive(-2), WebAssembly.RuntimeError, "unreachable");
  assertThrows(() => exports.never(), WebAssembly.RuntimeError, "unreachable");
});

Deno.test("a value is computed where it is placed, each time anew, and operands from left to right", () => {
  const order: number[] = [];
  const { exports } = running((m) => {
    const mark = m.importFunction("env", "mark", ["i32"], "i32");
    m.exportFunction("order", [], "i32", () => {
      const [a, b, c] = [1, 2, 3].map((value) => call(mark, value));
      return i32.sub(i32.mul(a, b), c);
    });
    m.exportFunction("anew", ["i32"], "i32", (f, x) => {
      const next = i32.add(x, 1);
      f.set(x, next);
      f.set(x, next);
      const kept = f.let(next);
      f.set(x, 0);
      return i32.add(kept, f.tee(x, 100));
    });
  }, { mark: (value) => (order.push(value as number), value) } as Record<string, Callable>);
  assertEquals(exports.order(), -1);
  assertEquals(order, [1, 2, 3]);
  assertEquals(exports.anew(5), 108);
});
