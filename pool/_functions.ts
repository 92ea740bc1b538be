/**
 * Reads functions, methods, classes and the patterns that they and declarations bind.
 *
 * @module
 */

import { ExpressionParser } from "./_expressions.ts";
import { Provides } from "./_scope.ts";
import { Token } from "./_tokens.ts";

/** What words before its key make of a method. */
export const Method = { PLAIN: 0, ASYNC: 1, GENERATOR: 2, GETTER: 4, SETTER: 8 } as const;

/** The key of a member. */
export interface Key {
  /** The type of its token; that of a bracket if it is computed. */
  readonly type: number;
  /** Its name, if it is one. */
  readonly name: string;
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** The part of the parser that reads functions and classes. */
export abstract class FunctionParser extends ExpressionParser {
  /** The key read last. */
  protected key: Key = { type: Token.END, name: "", start: 0, end: 0 };

  /** Reads a property or method of an object literal. */
  protected override entry(): void {
    const method = this.memberHead();
    const { key } = this;
    if (this.is("(")) this.functionRest(Provides.METHOD, method);
    else if (method !== Method.PLAIN) throw this.unexpected();
    else if (this.take(":")) this.element();
    else {
      if (key.type !== Token.NAME) throw this.unexpected();
      this.targets.push(this.scopes.use(key.name));
      if (this.take("=")) this.operand();
    }
  }

  /** Reads the key of a member and the words before it, and says what they make of it. */
  protected memberHead(): number {
    const word = this.name;
    let method: number = Method.PLAIN;
    if (this.isWord("async") || this.isWord("get") || this.isWord("set")) {
      this.#plainKey();
      if (!this.beginsKey() && !(word === "async" && this.is("*"))) return method;
      if (word === "async" && this.newlineBefore) return method;
      method = word === "async" ? Method.ASYNC : word === "get" ? Method.GETTER : Method.SETTER;
    }
    if (method <= Method.ASYNC && this.take("*")) method |= Method.GENERATOR;
    if (!this.is("[")) {
      if (!this.beginsKey()) throw this.unexpected();
      this.#plainKey();
    } else {
      const { type, start } = this;
      this.next();
      this.operand();
      this.expect("]");
      this.key = { type, name: "", start, end: this.lastEnd };
    }
    return method;
  }

  #plainKey(): void {
    const { type, start, end } = this;
    this.key = { type, name: this.name, start, end };
    this.next();
  }

  /** Whether a key may begin here. */
  protected beginsKey(): boolean {
    return (this.type >= Token.NAME && this.type <= Token.STRING) || this.is("[");
  }

  /** Reads a function from the word on, and gives the bits of `Use` that it provided itself. */
  protected override functionExpression(isAsync: boolean): number {
    this.next();
    let method: number = isAsync ? Method.ASYNC : Method.PLAIN;
    if (this.take("*")) method |= Method.GENERATOR;
    const name = this.at(Token.NAME) ? this.name : undefined;
    if (name !== undefined) this.next();
    return this.functionRest(Provides.FUNCTION, method, name);
  }

  /** Reads parameters and body; `own` is a name that only the function itself sees. */
  protected functionRest(provides: number, method: number, own?: string): number {
    const { scopes, inAsync, inGenerator } = this;
    this.inAsync = (method & Method.ASYNC) !== 0;
    this.inGenerator = (method & Method.GENERATOR) !== 0;
    scopes.open(provides);
    if (own !== undefined) scopes.declare(own);
    this.expect("(");
    while (!this.is(")")) {
      this.take("...");
      this.#bindingElement(false);
      if (!this.is(")")) this.expect(",");
    }
    this.next();
    // Defaults of parameters do not see what the body declares.
    scopes.open(Provides.NOTHING, true);
    this.block();
    scopes.close();
    this.inAsync = inAsync;
    this.inGenerator = inGenerator;
    return scopes.close();
  }

  /** Reads a name or pattern and declares what it binds. */
  protected binding(hoisted: boolean): void {
    if (this.at(Token.NAME)) {
      this.scopes.declare(this.name, hoisted);
      this.next();
    } else if (this.take("[")) {
      while (!this.is("]")) {
        if (this.take(",")) continue;
        this.take("...");
        this.#bindingElement(hoisted);
        if (!this.is("]")) this.expect(",");
      }
      this.next();
    } else {
      this.expect("{");
      while (!this.is("}")) {
        this.#bindingEntry(hoisted);
        if (!this.is("}")) this.expect(",");
      }
      this.next();
    }
  }

  #bindingElement(hoisted: boolean): void {
    this.binding(hoisted);
    if (this.take("=")) this.operand();
  }

  #bindingEntry(hoisted: boolean): void {
    if (this.take("...")) return this.binding(hoisted);
    if (this.memberHead() !== Method.PLAIN) throw this.unexpected();
    const { key } = this;
    if (this.take(":")) return this.#bindingElement(hoisted);
    if (key.type !== Token.NAME) throw this.unexpected();
    this.scopes.declare(key.name, hoisted);
    if (this.take("=")) this.operand();
  }

  /** Reads a class from the word on; a declaration's name is seen around it, too. */
  protected override classExpression(isDeclaration = false): void {
    this.next();
    const { scopes } = this;
    const name = this.at(Token.NAME) ? this.name : undefined;
    if (isDeclaration) {
      if (name === undefined) throw this.unexpected();
      scopes.declare(name);
    }
    scopes.open(Provides.NOTHING);
    if (name !== undefined) {
      scopes.declare(name);
      this.next();
    }
    if (this.take("extends")) {
      const mark = this.targets.length;
      this.subscripts();
      this.targets.length = mark;
    }
    this.expect("{");
    while (!this.is("}")) if (!this.take(";")) this.#classElement();
    this.next();
    scopes.close();
  }

  #classElement(): void {
    let method: number = Method.PLAIN;
    if (this.isWord("static")) {
      this.#plainKey();
      if (this.is("{")) return this.#ownScope(() => this.block());
      if (this.beginsKey() || this.is("*")) method = this.memberHead();
    } else method = this.memberHead();
    if (this.key.type === Token.PRIVATE) this.scopes.declare(this.key.name);
    if (this.is("(")) {
      this.functionRest(Provides.METHOD, method);
      return;
    }
    if (method !== Method.PLAIN) throw this.unexpected();
    if (this.take("=")) this.#ownScope(() => void this.operand());
    this.semicolon();
  }

  /** Reads what of a class runs as a method of its own: an initialiser or a static block. */
  #ownScope(read: () => void): void {
    const { scopes, inAsync, inGenerator } = this;
    this.inAsync = this.inGenerator = false;
    scopes.open(Provides.FIELD, true);
    read();
    scopes.close();
    this.inAsync = inAsync;
    this.inGenerator = inGenerator;
  }
}
