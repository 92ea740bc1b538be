/**
 * Reads operands: names, literals, what stands in parentheses, and arrow functions, which these turn out to be.
 *
 * @module
 */

import { Kind, OperatorParser } from "./_operators.ts";
import { Provides, Use } from "./_scope.ts";
import { cook, Token } from "./_tokens.ts";

/** The part of the parser that reads expressions, except for functions and classes. */
export abstract class ExpressionParser extends OperatorParser {
  /** Reads `{ statements }`; its scope is already open. */
  protected abstract block(): void;
  /** Reads a function from the word on. */
  protected abstract functionExpression(isAsync: boolean): number;
  /** Reads a class from the word on. */
  protected abstract classExpression(): void;
  /** Reads a property or method of an object literal. */
  protected abstract entry(): void;

  protected override primary(noIn: boolean): number {
    switch (this.type) {
      case Token.NAME:
        return this.isWord("async") ? this.#async(noIn) : this.#name(noIn);
      case Token.KEYWORD:
        return this.#keyword();
      case Token.NUMBER:
      case Token.STRING:
        this.next();
        return Kind.OTHER;
      case Token.TEMPLATE:
        this.template();
        return Kind.OTHER;
      case Token.PRIVATE:
        this.property();
        if (!this.is("in")) throw this.unexpected(' instead of "in"');
        return Kind.OTHER;
    }
    if (this.is("(")) return this.#parentheses(noIn, false);
    if (this.is("[")) return this.#array();
    if (this.is("{")) return this.#object();
    if (!this.is("/") && !this.is("/=")) throw this.unexpected();
    this.readRegExp();
    this.next();
    return Kind.OTHER;
  }

  /** Reads a name, or the arrow function that it is the parameter of. */
  #name(noIn: boolean, isAsync = false): number {
    this.lastUse = this.scopes.use(this.name);
    this.next();
    if (!this.is("=>") || this.newlineBefore) return Kind.NAME;
    this.targets.push(this.lastUse);
    return this.#arrow(this.lastUse, this.targets.length - 1, isAsync, noIn);
  }

  /** Reads what begins with `async`: a function, an arrow function, or something with that name. */
  #async(noIn: boolean): number {
    const isHead = this.peek(() =>
      !this.newlineBefore &&
      (this.is("(") || this.is("function") || (this.at(Token.NAME) && this.peek(() => this.is("=>"))))
    );
    if (!isHead) return this.#name(noIn);
    this.next();
    if (this.is("(")) return this.#parentheses(noIn, true);
    if (this.at(Token.NAME)) return this.#name(noIn, true);
    this.functionExpression(true);
    return Kind.OTHER;
  }

  #keyword(): number {
    const { scopes } = this;
    const word = this.value;
    switch (word) {
      case "function":
        this.functionExpression(false);
        return Kind.OTHER;
      case "class":
        this.classExpression();
        return Kind.OTHER;
      case "new":
        return this.#new();
      case "import":
        return this.#import();
      case "this":
        scopes.use(word, Use.THIS);
        break;
      case "super":
        scopes.use(word, Use.SUPER);
        break;
      case "null":
      case "true":
      case "false":
        break;
      default:
        throw this.unexpected();
    }
    this.next();
    return Kind.OTHER;
  }

  #new(): number {
    this.next();
    if (!this.take(".")) return this.subscripts() === Kind.MEMBER ? Kind.MEMBER : Kind.OTHER;
    if (!this.isWord("target")) throw this.unexpected();
    this.scopes.use("new.target", Use.NEW_TARGET);
    this.next();
    return Kind.OTHER;
  }

  #import(): number {
    this.next();
    if (this.take(".")) {
      if (this.isWord("meta")) this.usesImportMeta = true;
      else if (!this.isWord("source") && !this.isWord("defer")) throw this.unexpected();
      const isMeta = this.isWord("meta");
      this.next();
      if (isMeta) return Kind.OTHER;
    }
    this.expect("(");
    const literal = this.at(Token.STRING) || this.is("`")
      ? this.source.slice(this.start, this.end)
      : undefined;
    const { end } = this;
    this.operand();
    this.dynamicImports.push(literal !== undefined && this.lastEnd === end ? cook(literal) : null);
    if (this.take(",") && !this.is(")")) {
      this.operand();
      this.take(",");
    }
    this.expect(")");
    return Kind.OTHER;
  }

  /** Reads an expression in parentheses, the arguments of a call of `async`, or an arrow function. */
  #parentheses(noIn: boolean, isAsync: boolean): number {
    const { scopes, targets } = this;
    const firstUse = scopes.names.length;
    const mark = targets.length;
    let kind: number = Kind.OTHER;
    let count = 0;
    let isPattern = true;
    // Of an expression there is one at least, and no comma after it.
    let mustBeArrow = true;
    this.next();
    while (!this.is(")")) {
      mustBeArrow = this.take("...");
      kind = this.element();
      isPattern &&= kind === Kind.NAME || kind === Kind.PATTERN;
      count++;
      if (this.is(")")) break;
      this.expect(",");
      mustBeArrow = true;
    }
    this.next();
    if (this.is("=>") && !this.newlineBefore) {
      if (!isPattern) throw this.unexpected();
      return this.#arrow(firstUse, mark, isAsync, noIn);
    }
    targets.length = mark;
    if (isAsync) {
      scopes.use("async");
      return Kind.OTHER;
    }
    // A brace is left to the reader of whole texts, for which this may be a method.
    if (mustBeArrow && !this.is("{")) throw this.unexpected();
    return count === 1 && (kind === Kind.NAME || kind === Kind.MEMBER) ? kind : Kind.OTHER;
  }

  /** Reads the arrow and the body of a function whose parameters bind the targets from `mark` on. */
  #arrow(firstUse: number, mark: number, isAsync: boolean, noIn: boolean): number {
    const { scopes, targets, inAsync, inGenerator } = this;
    scopes.open(Provides.NOTHING, false, firstUse);
    for (let i = mark; i < targets.length; i++) scopes.declare(scopes.names[targets[i]]);
    targets.length = mark;
    this.inAsync = isAsync;
    this.inGenerator = false;
    this.next();
    if (this.is("{")) {
      scopes.open(Provides.NOTHING, true);
      this.block();
      scopes.close();
    } else this.operand(noIn);
    this.inAsync = inAsync;
    this.inGenerator = inGenerator;
    scopes.close();
    return Kind.ARROW;
  }

  /** Reads one element of what may be a pattern. */
  protected element(): number {
    const kind = this.assignment();
    if (kind === Kind.NAME) this.targets.push(this.lastUse);
    return kind;
  }

  #array(): number {
    this.next();
    while (!this.is("]")) {
      if (this.take(",")) continue;
      this.take("...");
      this.element();
      if (!this.is("]")) this.expect(",");
    }
    this.next();
    return Kind.PATTERN;
  }

  #object(): number {
    this.next();
    while (!this.is("}")) {
      if (this.take("...")) this.element();
      else this.entry();
      if (!this.is("}")) this.expect(",");
    }
    this.next();
    return Kind.PATTERN;
  }
}
