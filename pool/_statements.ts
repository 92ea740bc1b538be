/**
 * Reads statements and the scopes they open.
 *
 * @module
 */

import { FunctionParser, Method } from "./_functions.ts";
import { Kind } from "./_operators.ts";
import { Provides } from "./_scope.ts";
import { Token } from "./_tokens.ts";

/** The whole parser: what a function of a module may contain. */
export class StatementParser extends FunctionParser {
  /** Reads `{ statements }`; its scope is already open. */
  protected override block(): void {
    this.expect("{");
    while (!this.is("}")) this.#statement();
    this.next();
  }

  #statement(): void {
    switch (this.type) {
      case Token.KEYWORD:
        if (this.#keyword()) return;
        break;
      case Token.NAME:
        if (this.#declaration(false)) return this.semicolon();
        if (this.isWord("async") && this.peek(() => this.is("function") && !this.newlineBefore)) {
          this.next();
          return this.#function(Method.ASYNC);
        }
        break;
      case Token.PUNCTUATOR:
        if (this.is("{")) return this.#scopedBlock();
        if (this.take(";")) return;
    }
    const kind = this.expression();
    if (kind === Kind.NAME && this.take(":")) {
      // It was a label.
      this.scopes.forget(this.lastUse);
      this.#statement();
    } else this.semicolon();
  }

  /** Reads the statement that this keyword begins, if it does. */
  #keyword(): boolean {
    switch (this.value) {
      case "var":
      case "const":
        this.#declaration(false);
        this.semicolon();
        return true;
      case "function":
        this.#function(Method.PLAIN);
        return true;
      case "class":
        this.classExpression(true);
        return true;
      case "if":
        this.#if();
        return true;
      case "for":
        this.#for();
        return true;
      case "while":
        this.next();
        this.#condition();
        this.#statement();
        return true;
      case "do":
        this.next();
        this.#statement();
        this.expect("while");
        this.#condition();
        this.take(";");
        return true;
      case "switch":
        this.#switch();
        return true;
      case "try":
        this.#try();
        return true;
      case "return":
      case "throw":
        this.next();
        if (!this.newlineBefore && !this.is(";") && !this.is("}")) this.expression();
        this.semicolon();
        return true;
      case "break":
      case "continue":
        this.next();
        if (this.at(Token.NAME) && !this.newlineBefore) this.next();
        this.semicolon();
        return true;
      case "debugger":
        this.next();
        this.semicolon();
        return true;
    }
    return false;
  }

  /** Reads declarations up to their end, if they begin here; `inHead`: of a `for`. */
  #declaration(inHead: boolean): boolean {
    const hoisted = this.is("var");
    if (!hoisted && !this.is("const") && !this.#beginsLexical(inHead)) return false;
    if (this.isWord("await")) this.next();
    this.next();
    do {
      this.binding(hoisted);
      if (this.take("=")) this.operand(inHead);
    } while (this.take(","));
    return true;
  }

  /** Whether `let`, `using` or `await using` stands here for a declaration and not for a name. */
  #beginsLexical(inHead: boolean): boolean {
    if (this.isWord("let")) return this.peek(() => this.at(Token.NAME) || this.is("[") || this.is("{"));
    const nameFollows = () =>
      this.peek(() => this.at(Token.NAME) && !this.newlineBefore && !(inHead && this.isWord("of")));
    if (this.isWord("using")) return nameFollows();
    if (!this.inAsync || !this.isWord("await")) return false;
    return this.peek(() => this.isWord("using") && !this.newlineBefore && nameFollows());
  }

  #function(method: number): void {
    this.next();
    if (this.take("*")) method |= Method.GENERATOR;
    if (!this.at(Token.NAME)) throw this.unexpected();
    this.scopes.declare(this.name);
    this.next();
    this.functionRest(Provides.FUNCTION, method);
  }

  #scopedBlock(): void {
    this.scopes.open(Provides.NOTHING);
    this.block();
    this.scopes.close();
  }

  #condition(): void {
    this.expect("(");
    this.expression();
    this.expect(")");
  }

  #if(): void {
    do {
      this.next();
      this.#condition();
      this.#statement();
      if (!this.take("else")) return;
    } while (this.is("if"));
    this.#statement();
  }

  #for(): void {
    this.next();
    if (this.isWord("await")) this.next();
    this.expect("(");
    this.scopes.open(Provides.NOTHING);
    if (!this.is(";") && !this.#declaration(true)) this.#forTarget();
    if (this.is("in") || this.isWord("of")) {
      this.next();
      this.expression();
    } else {
      this.expect(";");
      if (!this.is(";")) this.expression();
      this.expect(";");
      if (!this.is(")")) this.expression();
    }
    this.expect(")");
    this.#statement();
    this.scopes.close();
  }

  /** Reads the expression at the head of a `for`; `in` and `of` assign to it. */
  #forTarget(): void {
    const { targets } = this;
    const mark = targets.length;
    const kind = this.assignment(true);
    if (kind === Kind.NAME) targets.push(this.lastUse);
    if (this.is("in") || this.isWord("of")) {
      for (let i = mark; i < targets.length; i++) this.scopes.assign(targets[i]);
    }
    targets.length = mark;
    while (this.take(",")) this.operand(true);
  }

  #switch(): void {
    this.next();
    this.#condition();
    this.expect("{");
    this.scopes.open(Provides.NOTHING);
    while (!this.is("}")) {
      if (this.take("case")) {
        this.expression();
        this.expect(":");
      } else if (this.take("default")) this.expect(":");
      else this.#statement();
    }
    this.next();
    this.scopes.close();
  }

  #try(): void {
    this.next();
    this.#scopedBlock();
    if (this.take("catch")) {
      this.scopes.open(Provides.NOTHING);
      if (this.take("(")) {
        this.binding(false);
        this.expect(")");
      }
      // Defaults in the pattern do not see what the block declares.
      this.#scopedBlock();
      this.scopes.close();
    }
    if (this.take("finally")) this.#scopedBlock();
  }
}
