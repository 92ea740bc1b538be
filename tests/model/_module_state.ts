/**
 * What modules keep in variables of their own, as something that can be kept and put back.
 *
 * Maps, sets, arrays and plain objects are copied, all else is kept as it is: so what is kept is good as long as no
 * module holds an object of a class in a variable and changes it.
 *
 * @module
 */

/** The variables of one module. */
export interface Variables {
  /** Its file. */
  readonly file: string;
  /** Those that are declared with `let`. */
  read(): Record<string, unknown>;
  write(values: Record<string, unknown>): void;
  /** The values of the others. */
  readonly constants: Readonly<Record<string, unknown>>;
}

type Container = Map<unknown, unknown> | Set<unknown> | unknown[] | Record<string, unknown>;

/** What a container holds at some time. */
interface Content {
  readonly container: Container;
  readonly copy: Container;
}

/** The state of all modules of a thread at some time. */
export interface ModuleState {
  /** By module: what its variables are. */
  readonly values: readonly Record<string, unknown>[];
  readonly contents: readonly Content[];
  /** The same as a text; objects of classes are left out. */
  readonly text: string;
}

function isContainer(value: unknown): value is Container {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) return true;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether it is empty, or a table of functions: what is registered once. */
function isSettled(container: Container): boolean {
  if (container instanceof Map) {
    for (const value of container.values()) {
      return typeof value === "function";
    }
  } else if (!(container instanceof Set)) {
    for (const k in container) return typeof container[k as never] === "function";
  }
  return false;
}

function sizeOf(container: Container): number {
  if (container instanceof Map || container instanceof Set) return container.size;
  return Array.isArray(container) ? container.length : 1;
}

function copyOf<T>(value: T): T {
  if (!isContainer(value)) return value;
  const container: Container = value;
  if (container instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [k, v] of container) copy.set(k, copyOf(v));
    return copy as T;
  }
  if (container instanceof Set) return new Set(container) as T;
  if (Array.isArray(container)) return container.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const k in container) copy[k] = copyOf(container[k]);
  return copy as T;
}

function refill(container: Container, kept: Container): void {
  if (container instanceof Map) {
    if (container.size) container.clear();
    for (const [k, v] of kept as Map<unknown, unknown>) container.set(k, copyOf(v));
  } else if (container instanceof Set) {
    if (container.size) container.clear();
    for (const v of kept as Set<unknown>) container.add(v);
  } else if (Array.isArray(container)) {
    container.length = 0;
    for (const v of kept as unknown[]) container.push(copyOf(v));
  } else {
    for (const k in container) if (!(k in kept)) delete container[k];
    for (const k in kept as Record<string, unknown>) container[k] = copyOf((kept as typeof container)[k]);
  }
}

function textOf(value: unknown): string {
  if (!isContainer(value)) {
    return typeof value === "object" || typeof value === "function" || typeof value === "symbol"
      ? "*"
      : String(value);
  }
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${textOf(k)}:${textOf(v)}`)}}`;
  if (value instanceof Set || Array.isArray(value)) return `[${[...value].map(textOf)}]`;
  return `{${Object.entries(value).map(([k, v]) => `${k}:${textOf(v)}`)}}`;
}

/** Files whose variables are used within one call only: the codec of plain values. */
const isScratch = (file: string) => file.startsWith("_bytes");

/** All that modules keep. */
export class ModuleKeeper {
  readonly #modules: Variables[];
  readonly #containers: Container[];

  constructor(modules: readonly Variables[]) {
    const kept = modules.filter(({ file }) => !isScratch(file));
    this.#modules = kept.filter((module) => Object.keys(module.read()).length);
    // Tables are named in capitals.
    this.#containers = kept.flatMap(({ constants }) =>
      Object.entries(constants).filter(([name]) => !/^[A-Z][A-Z\d_]*$/.test(name)).map(([, value]) => value)
    ).filter(isContainer).filter((value) => !Object.isFrozen(value) && !isSettled(value));
  }

  /** Keeps the present state. */
  keep(): ModuleState {
    const values: Record<string, unknown>[] = [], contents: Content[] = [];
    let text = "";
    this.#containers.forEach((container, i) => {
      contents.push({ container, copy: copyOf(container) });
      if (sizeOf(container)) text += `${i}:${textOf(container)};`;
    });
    for (const module of this.#modules) {
      const variables = module.read();
      values.push(variables);
      for (const name in variables) {
        const value = variables[name];
        if (isContainer(value) && !isSettled(value)) contents.push({ container: value, copy: copyOf(value) });
        if (value) text += `${name}=${textOf(value)};`;
      }
    }
    return { values, contents, text };
  }

  /** Puts a state back. */
  putBack({ values, contents }: ModuleState): void {
    for (let i = 0; i < values.length; i++) this.#modules[i].write(values[i]);
    for (const { container, copy } of contents) {
      if (sizeOf(copy) || sizeOf(container)) refill(container, copy);
    }
  }
}
