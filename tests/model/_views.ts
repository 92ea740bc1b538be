/**
 * What the library's modules see instead of typed arrays and `Atomics`: each access to the simulated heap goes through
 * a {@linkcode Port}; other buffers are left alone.
 *
 * @module
 */

/** What can be done to a word. */
export type Kind =
  | "load"
  | "store"
  | "add"
  | "sub"
  | "and"
  | "or"
  | "xor"
  | "exchange"
  | "compareExchange"
  | "wait"
  | "notify"
  | "read"
  | "write"
  | "fill";

/** Where the accesses of one thread go. */
export interface Port {
  /**
   * Does something to the word at `index`. `a`, `b`: the operands of `Atomics`' function, in its order; for `fill` the
   * value and the index behind the last word. Gives what that function gives; for `wait` one of {@linkcode HOW}.
   */
  access(kind: Kind, index: number, a?: number, b?: number): number;
  /** `Atomics.pause()` was called. */
  pause(): void;
}

/** How a wait ended, by the number that stands for it. */
export const HOW = ["ok", "not-equal", "timed-out"] as const;

type Method = (...args: never[]) => unknown;

/** A view of `length` elements from element `first` on; of words, or of bytes. */
function makeView(port: Port, buffer: object, bytes: 1 | 4, first: number, length: number): object {
  const read = (i: number) => {
    if (i >= length) return undefined;
    if (bytes === 4) return port.access("read", first + i);
    const at = first + i;
    return port.access("read", at >>> 2) >>> (at & 3) * 8 & 255;
  };
  const write = (i: number, value: number) => {
    if (i >= length) return;
    if (bytes === 4) return void port.access("write", first + i, value | 0);
    const at = first + i, shift = (at & 3) * 8;
    const rest = port.access("read", at >>> 2) & ~(255 << shift);
    port.access("write", at >>> 2, rest | (value & 255) << shift);
  };
  const copy = (from = 0, to = length) => {
    const values = bytes === 4 ? new Int32Array(to - from) : new Uint8Array(to - from);
    for (let i = from; i < to; i++) values[i - from] = read(i)!;
    return values;
  };
  const own: Record<PropertyKey, unknown> = Object.assign(Object.create(null), {
    length,
    buffer,
    byteLength: length * bytes,
    byteOffset: first * bytes,
    BYTES_PER_ELEMENT: bytes,
    [FIRST]: first,
    fill(value: number, from = 0, to = length) {
      if (bytes === 4) port.access("fill", first + from, value, first + Math.min(to, length));
      else for (let i = from; i < to; i++) write(i, value);
    },
    set(values: ArrayLike<number>, at = 0) {
      for (let i = 0; i < values.length; i++) write(at + i, values[i]);
    },
    // Bytes are taken out only; words may also be changed through the part.
    subarray: (from = 0, to = length) =>
      bytes === 1 ? copy(from, to) : makeView(port, buffer, bytes, first + from, to - from),
    copyWithin(to: number, from: number, end = length) {
      copy(from, end).forEach((value, i) => write(to + i, value));
    },
    [Symbol.iterator]: () => copy()[Symbol.iterator](),
  });
  return new Proxy(own, {
    get(_, key) {
      if (typeof key === "string") {
        const code = key.charCodeAt(0);
        if (code >= 48 && code <= 57) return read(Number(key));
      }
      if (key in own) return own[key];
      const method = (Int32Array.prototype as unknown as Record<PropertyKey, Method>)[key];
      if (typeof method !== "function" || key === "sort" || key === "reverse") {
        throw new TypeError(`Cannot simulate ${String(key)} of a typed array: add it to the model's views`);
      }
      return (...args: never[]) => {
        const values = copy();
        return (values as unknown as Record<PropertyKey, Method>)[key].apply(values, args);
      };
    },
    set(_, key, value) {
      write(Number(key), value);
      return true;
    },
  });
}

const FIRST = Symbol("first element");

/** A constructor of typed arrays that gives a simulated view over `buffer`, and else what the real one gives. */
function overHeap<C extends Int32ArrayConstructor | Uint8ArrayConstructor>(
  Real: C,
  port: Port,
  isHeap: (buffer: unknown) => buffer is SharedArrayBuffer,
): C {
  const bytes = Real.BYTES_PER_ELEMENT as 1 | 4;
  return new Proxy(Real, {
    construct(Real, args) {
      const [buffer, byteOffset = 0, length] = args;
      if (!isHeap(buffer)) return Reflect.construct(Real, args);
      return makeView(
        port,
        buffer,
        bytes,
        byteOffset / bytes,
        length ?? (buffer.byteLength - byteOffset) / bytes,
      );
    },
  });
}

/** A `DataView` of the heap, to be read only. */
function makeDataView(port: Port, byteOffset: number, byteLength: number): object {
  const read = (at: number) => port.access("read", byteOffset + at >>> 2) >>> (byteOffset + at & 3) * 8 & 255;
  return new Proxy({ byteOffset, byteLength }, {
    get(own, key) {
      if (key in own) return own[key as keyof typeof own];
      const method = (DataView.prototype as unknown as Record<PropertyKey, Method>)[key];
      const bits = /^get\D*(\d+)$/.exec(String(key))?.[1];
      if (!bits) {
        throw new TypeError(`Cannot simulate ${String(key)} of a DataView: add it to the model's views`);
      }
      return (at: number, littleEndian?: boolean) => {
        const bytes = new Uint8Array(Number(bits) / 8).map((_, i) => read(at + i));
        return method.apply(new DataView(bytes.buffer), [0, littleEndian] as never[]);
      };
    },
  });
}

/** The names that the library's modules find instead of the real ones. */
export interface Shadows {
  readonly Atomics: unknown;
  readonly Int32Array: Int32ArrayConstructor;
  readonly Uint8Array: Uint8ArrayConstructor;
  readonly DataView: DataViewConstructor;
}

/** The stand-ins over one thread's port. */
export function makeShadows(
  port: Port,
  isHeap: (buffer: unknown) => buffer is SharedArrayBuffer,
): Shadows {
  const indexIn = (view: object, index: number) => {
    const first = (view as { [FIRST]?: number })[FIRST];
    return first === undefined ? -1 : first + index;
  };
  const real = Atomics as unknown as Record<string, (...args: unknown[]) => unknown>;
  const operation = (kind: Kind) => (view: Int32Array, index: number, a?: number, b?: number) => {
    const at = indexIn(view, index);
    return at < 0 ? real[kind](view, index, a, b) : port.access(kind, at, a, b);
  };
  const kinds: Kind[] = ["load", "store", "add", "sub", "and", "or", "xor", "exchange", "compareExchange"];
  return {
    Int32Array: overHeap(Int32Array, port, isHeap),
    Uint8Array: overHeap(Uint8Array, port, isHeap),
    DataView: new Proxy(DataView, {
      construct(Real, args) {
        const [buffer, byteOffset = 0, length] = args;
        if (!isHeap(buffer)) return Reflect.construct(Real, args);
        return makeDataView(port, byteOffset, length ?? buffer.byteLength - byteOffset);
      },
    }),
    Atomics: {
      ...Object.fromEntries(kinds.map((kind) => [kind, operation(kind)])),
      wait: (view: Int32Array, index: number, value: number, timeout = Infinity) =>
        HOW[port.access("wait", indexIn(view, index), value, timeout)],
      notify: (view: Int32Array, index: number, count = Infinity) =>
        port.access("notify", indexIn(view, index), count),
      pause: () => port.pause(),
    },
  };
}
