/**
 * Tells used names from declared ones while a function is read. Every use waits until a scope that declares its
 * name closes; what still waits at the end is free. A name may thus be declared after it is used.
 *
 * @module
 */

/** What is known of a use: whether it assigns, and which of the things that functions provide it asks for. */
export const Use = {
  ASSIGNED: 1,
  THIS: 2,
  ARGUMENTS: 4,
  NEW_TARGET: 8,
  SUPER: 16,
} as const;

/** What scopes provide by their kind alone. */
export const Provides = {
  /** Blocks, arrows, classes. */
  NOTHING: 0,
  /** Functions, and methods whose home is unknown. */
  FUNCTION: Use.THIS | Use.ARGUMENTS | Use.NEW_TARGET,
  /** Methods. */
  METHOD: Use.THIS | Use.ARGUMENTS | Use.NEW_TARGET | Use.SUPER,
  /** Initialisers of class fields and static blocks, where `arguments` is an error. */
  FIELD: Use.THIS | Use.NEW_TARGET | Use.SUPER,
} as const;

/** The open scopes and the uses that wait. */
export class Scopes {
  /** Names of the uses that wait, in the order of the text; private ones with `#`, `this` and its like, too. */
  readonly names: string[] = [];
  /** Bits of `Use` for each. */
  readonly flags: number[] = [];

  /** For each open scope: the first use in it, what it provides, what it declares. */
  readonly #starts: number[] = [];
  readonly #provides: number[] = [];
  readonly #declared: (Set<string> | undefined)[] = [];
  /** The open scopes that `var` declares in. */
  readonly #bodies: number[] = [];

  /** Opens a scope; it takes in the uses from `start` on. */
  open(provides: number, isBody = false, start: number = this.names.length): void {
    if (isBody) this.#bodies.push(this.#starts.length);
    this.#starts.push(start);
    this.#provides.push(provides);
    this.#declared.push(undefined);
  }

  /** Closes the innermost scope and gives the bits of what it provided that was used. */
  close(): number {
    const { names, flags } = this;
    const start = this.#starts.pop() ?? 0;
    const provides = this.#provides.pop() ?? 0;
    const declared = this.#declared.pop();
    if (this.#bodies[this.#bodies.length - 1] === this.#starts.length) this.#bodies.pop();
    if (provides === 0 && declared === undefined) return 0;
    let used = 0;
    let kept = start;
    for (let i = start; i < names.length; i++) {
      if ((flags[i] & provides) !== 0) {
        used |= flags[i] & provides;
      } else if (declared === undefined || !declared.has(names[i])) {
        names[kept] = names[i];
        flags[kept++] = flags[i];
      }
    }
    this.forget(kept);
    return used;
  }

  /** Declares a name in the innermost scope, or as `var` does in that of the function around it. */
  declare(name: string, hoisted = false): void {
    const index = hoisted ? this.#bodies[this.#bodies.length - 1] : this.#starts.length - 1;
    (this.#declared[index] ??= new Set()).add(name);
  }

  /** Notes a use and gives its index, which is good until a scope closes that was open before it. */
  use(name: string, flags = 0): number {
    this.flags.push(name === "arguments" ? flags | Use.ARGUMENTS : flags);
    return this.names.push(name) - 1;
  }

  /** Notes that a use assigns. */
  assign(index: number): void {
    this.flags[index] |= Use.ASSIGNED;
  }

  /** Drops the uses from `start` on. */
  forget(start: number): void {
    this.names.length = start;
    this.flags.length = start;
  }
}
