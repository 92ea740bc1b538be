/**
 * Reads the text of a function: which names it takes from around it, and how to write it so that it can be
 * evaluated elsewhere.
 *
 * @module
 */

import { type Key, Method } from "./_functions.ts";
import { Kind } from "./_operators.ts";
import { Provides, Use } from "./_scope.ts";
import { StatementParser } from "./_statements.ts";
import { Token } from "./_tokens.ts";

/** What the text of a function tells. */
export interface FunctionText {
  /**
   * An expression, to be put in parentheses, that evaluates to an equal function. A method becomes that of an
   * object literal: its home is another, and a computed key is replaced. Empty for a native function.
   */
  readonly expression: string;
  /** The names it uses and does not declare, globals included; an arrow's outer `arguments`, too. */
  readonly free: ReadonlySet<string>;
  /** Those of `free` that it assigns to. */
  readonly assigned: ReadonlySet<string>;
  /** Private names, with `#`, that belong to a class around it: without the class it cannot be evaluated. */
  readonly privateNames: ReadonlySet<string>;
  /** What it was written as. */
  readonly kind: "function" | "arrow" | "method" | "class" | "getter" | "setter";
  /** Whether it uses the `this` of what is around it: only arrows and classes can. */
  readonly usesThis: boolean;
  /** Whether it uses the `this` of its own call. */
  readonly usesOwnThis: boolean;
  /** Whether it uses `super` of what is around it, or of the home that a method had. */
  readonly usesSuper: boolean;
  /** Whether it uses the `new.target` of what is around it. */
  readonly usesNewTarget: boolean;
  /** Whether there is an `import.meta` in it. */
  readonly usesImportMeta: boolean;
  /** Whether there is an `import()` in it. */
  readonly usesDynamicImport: boolean;
  /** What each `import()` asks for; null where only running it would tell. */
  readonly dynamicImports: readonly (string | null)[];
  /** Whether it calls `eval` directly: then it may use any name. */
  readonly usesEval: boolean;
  /** Whether it has no text: a built-in, bound or proxied function. */
  readonly isNative: boolean;
}

/**
 * Reads what `toString` of a function gave.
 *
 * Takes the function to be strict, as those of modules are: functions in blocks are not seen outside of them,
 * and there is no `with`.
 *
 * Cost: linear in the length; some 10 million characters a second.
 *
 * @param source The text.
 * @returns What it tells.
 * @throws {SyntaxError} If the text is not that of one function; names the place.
 * @throws {RangeError} If it nests deeper than the stack allows, which is some thousand levels.
 */
export function readFunction(source: string): FunctionText {
  const reader = new FunctionReader(source);
  // Braces around these words are no JavaScript, so that no written function ends with them.
  if (source.endsWith("{ [native code] }")) return reader.describe("function", "", true);
  return reader.read();
}

class FunctionReader extends StatementParser {
  #usesOwnThis = false;

  read(): FunctionText {
    this.next();
    const { start } = this;
    const isAsync = this.isWord("async");
    const functionFollows = () => this.peek(() => this.is("function") && !this.newlineBefore);
    if (this.is("function") || (isAsync && functionFollows())) {
      if (isAsync) this.next();
      this.#usesOwnThis = (this.functionExpression(isAsync) & Use.THIS) !== 0;
      return this.#finish("function", start);
    }
    if (this.is("class") && this.peek(() => !this.is("("))) {
      this.classExpression();
      return this.#finish("class", start);
    }
    if (this.#mayBeArrow()) {
      if (this.assignment() === Kind.ARROW) return this.#finish("arrow", start);
      // V8 leaves out the name of a method `static`, and a method may be named `async`.
      if (this.is("{")) return new FunctionReader(this.source).#method();
      throw this.unexpected();
    }
    return new FunctionReader(this.source).#method();
  }

  #mayBeArrow(): boolean {
    if (this.is("(")) return true;
    if (!this.at(Token.NAME)) return false;
    const arrowFollows = () => this.peek(() => this.is("=>"));
    if (arrowFollows()) return true;
    return this.isWord("async") && this.peek(() => this.is("(") || (this.at(Token.NAME) && arrowFollows()));
  }

  #method(): FunctionText {
    this.next();
    const { start } = this;
    const method = this.is("(") ? Method.PLAIN : this.memberHead();
    const key = this.key;
    // The key is replaced where it is computed: what it uses does not count.
    this.scopes.forget(0);
    this.dynamicImports.length = 0;
    this.usesImportMeta = this.usesEval = false;
    if (!this.is("(")) throw this.unexpected();
    this.#usesOwnThis = (this.functionRest(Provides.FUNCTION, method) & Use.THIS) !== 0;
    this.#expectEnd();
    const kind = method === Method.GETTER ? "getter" : method === Method.SETTER ? "setter" : "method";
    return this.describe(kind, this.#wrap(kind, key, start));
  }

  /** The expression for a method, from its place in an object literal. */
  #wrap(kind: "method" | "getter" | "setter", key: Key, start: number): string {
    const { source } = this;
    const text = source.slice(key.start, key.end);
    let name = text;
    let access = `[${text}]`;
    if (key.type === Token.NAME || key.type === Token.KEYWORD) access = `["${key.name}"]`;
    else if (key.type === Token.PRIVATE || key.type === Token.PUNCTUATOR) {
      name = JSON.stringify(text);
      access = `[${name}]`;
    } else if (key.type === Token.END) {
      name = "static";
      access = '["static"]';
    }
    const literal = `{ ${source.slice(start, key.start)}${name}${source.slice(key.end, this.lastEnd)} }`;
    if (kind === "method") return `(${literal})${access}`;
    const which = kind === "getter" ? "get" : "set";
    return `Object.getOwnPropertyDescriptor(${literal}, ${access.slice(1, -1)}).${which}`;
  }

  #finish(kind: FunctionText["kind"], start: number): FunctionText {
    this.#expectEnd();
    return this.describe(kind, this.source.slice(start, this.lastEnd));
  }

  #expectEnd(): void {
    if (!this.at(Token.END)) throw this.unexpected(" after the function");
  }

  describe(kind: FunctionText["kind"], expression: string, isNative = false): FunctionText {
    const { names, flags } = this.scopes;
    const free = new Set<string>();
    const assigned = new Set<string>();
    const privateNames = new Set<string>();
    let used = 0;
    for (const [index, name] of names.entries()) {
      used |= flags[index];
      if ((flags[index] & (Use.THIS | Use.SUPER | Use.NEW_TARGET)) !== 0) continue;
      if (name.startsWith("#")) privateNames.add(name);
      else {
        free.add(name);
        if ((flags[index] & Use.ASSIGNED) !== 0) assigned.add(name);
      }
    }
    return {
      expression,
      free,
      assigned,
      privateNames,
      kind,
      usesThis: (used & Use.THIS) !== 0,
      usesOwnThis: this.#usesOwnThis,
      usesSuper: (used & Use.SUPER) !== 0,
      usesNewTarget: (used & Use.NEW_TARGET) !== 0,
      usesImportMeta: this.usesImportMeta,
      usesDynamicImport: this.dynamicImports.length > 0,
      dynamicImports: this.dynamicImports,
      usesEval: this.usesEval,
      isNative,
    };
  }
}
