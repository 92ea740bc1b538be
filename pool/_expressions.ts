/**
 * Reads expressions, functions and classes by recursive descent, without building a tree: it only notes uses and
 * declarations of names. What may turn out to be parameters or a pattern is read as an expression first; the
 * names it may bind are kept aside until the next operator tells.
 *
 * @module
 */

import { Provides, Scopes, Use } from "./_scope.ts";
import { cook, Token, Tokenizer } from "./_tokens.ts";

/** What an expression was, as far as it matters to what follows it. */
export const Kind = {
  OTHER: 0,
  /** A lone name; its use is `lastUse`. */
  NAME: 1,
  /** A property. */
  MEMBER: 2,
  /** What may be a pattern, default value included; the uses it would bind are at the end of `targets`. */
  PATTERN: 3,
  /** An arrow function: no operator may follow. */
  ARROW: 4,
} as const;

/** What words before its key make of a method. */
export const Method = { PLAIN: 0, ASYNC: 1, GENERATOR: 2, GETTER: 4, SETTER: 8 } as const;

const PREFIXES: ReadonlySet<string> = new Set(["!", "~", "+", "-", "typeof", "void", "delete"]);

/** The part of the parser that reads expressions; statements come with the class that extends it. */
export abstract class ExpressionParser extends Tokenizer {
  /** The names that were met. */
  protected readonly scopes: Scopes = new Scopes();
  /** Whether `await` is an operator here. */
  protected inAsync = false;
  /** Whether `yield` is an operator here. */
  protected inGenerator = false;
  /** The use that a `Kind.NAME` is. */
  protected lastUse = 0;
  /** Uses that patterns not yet told from literals would bind. */
  protected readonly targets: number[] = [];
  /** The key read last: the type of its token, "[" if computed; its name; where it begins and ends. */
  protected key: { type: number; value: string; start: number; end: number } = NO_KEY;
  /** Specifiers of `import()`, null for those that are not literals. */
  protected readonly dynamicImports: (string | null)[] = [];
  /** Whether there is an `import.meta`. */
  protected usesImportMeta = false;
  /** Whether there is a call of `eval` that sees the names around it. */
  protected usesEval = false;

  /** Reads `{ statements }`; its scope is already open. */
  protected abstract block(): void;

  /** Reads expressions with commas between them. */
  protected expression(): number {
    let kind = this.operand();
    while (this.take(",")) {
      this.operand();
      kind = Kind.OTHER;
    }
    return kind;
  }

  /** Reads one expression that cannot turn out to be a pattern. `noIn`: an `in` after it ends it. */
  protected operand(noIn = false): number {
    const mark = this.targets.length;
    const kind = this.assignment(noIn);
    this.targets.length = mark;
    return kind;
  }

  /** Reads one expression. */
  protected assignment(noIn = false): number {
    if (this.inGenerator && this.isWord("yield")) return this.#yield(noIn);
    const mark = this.targets.length;
    const kind = this.#binary(noIn);
    if (this.at(Token.ASSIGN) && kind !== Kind.ARROW) return this.#assign(kind, mark, noIn);
    if (kind !== Kind.PATTERN || this.is("?")) this.targets.length = mark;
    if (kind === Kind.ARROW || !this.take("?")) return kind;
    this.operand();
    this.expect(":");
    this.operand(noIn);
    return Kind.OTHER;
  }

  #assign(kind: number, mark: number, noIn: boolean): number {
    const { targets, scopes } = this;
    const isPlain = this.is("=");
    if (kind === Kind.OTHER || (kind === Kind.PATTERN && !isPlain)) throw this.unexpected();
    if (kind === Kind.NAME) targets.push(this.lastUse);
    if (kind === Kind.MEMBER) targets.length = mark;
    for (let i = mark; i < targets.length; i++) scopes.assign(targets[i]);
    this.next();
    this.operand(noIn);
    // It was an assignment; inside of a pattern it is a target with its default.
    if (isPlain && kind !== Kind.MEMBER) return Kind.PATTERN;
    targets.length = mark;
    return Kind.OTHER;
  }

  #yield(noIn: boolean): number {
    this.next();
    if (!this.newlineBefore) {
      if (this.take("*")) this.operand(noIn);
      else if (!this.at(Token.END) && !/^(?:[)\]},;:]|in)$/.test(this.value)) this.operand(noIn);
    }
    return Kind.OTHER;
  }

  /** Reads operands with operators between them. Which binds tighter does not matter to names. */
  #binary(noIn: boolean): number {
    let kind = this.#unary(noIn);
    while (kind !== Kind.ARROW && (this.at(Token.BINARY) || this.#isRelation(noIn))) {
      this.next();
      this.#unary(noIn);
      kind = Kind.OTHER;
    }
    return kind;
  }

  #isRelation(noIn: boolean): boolean {
    return this.at(Token.KEYWORD) && (this.is("instanceof") || (!noIn && this.is("in")));
  }

  #unary(noIn: boolean): number {
    if (PREFIXES.has(this.value) || (this.inAsync && this.isWord("await"))) {
      this.next();
      this.#unary(noIn);
      return Kind.OTHER;
    }
    if (this.is("++") || this.is("--")) {
      this.next();
      return this.#update(this.#unary(noIn));
    }
    const kind = this.#subscripts(noIn);
    if (this.newlineBefore || !(this.is("++") || this.is("--"))) return kind;
    this.#update(kind);
    this.next();
    return Kind.OTHER;
  }

  #update(kind: number): number {
    if (kind === Kind.NAME) this.scopes.assign(this.lastUse);
    else if (kind !== Kind.MEMBER) throw this.unexpected();
    return Kind.OTHER;
  }

  /** Reads an operand with the properties, calls and templates after it; after `new` all the same. */
  #subscripts(noIn: boolean): number {
    let kind = this.#primary(noIn);
    if (kind === Kind.ARROW) return kind;
    let isEval = kind === Kind.NAME && this.scopes.names[this.lastUse] === "eval";
    for (;; isEval = false) {
      if (this.is("(")) {
        if (isEval) this.usesEval = true;
        this.#arguments();
        kind = Kind.OTHER;
      } else if (this.is(".")) {
        this.next();
        this.#property();
        kind = Kind.MEMBER;
      } else if (this.is("[")) {
        this.#index();
        kind = Kind.MEMBER;
      } else if (this.is("?.")) {
        this.next();
        if (this.is("(")) this.#arguments();
        else if (this.is("[")) this.#index();
        else this.#property();
        kind = Kind.OTHER;
      } else if (this.at(Token.TEMPLATE)) {
        this.#template();
        kind = Kind.OTHER;
      } else return kind;
    }
  }

  #property(): void {
    if (this.at(Token.PRIVATE)) this.scopes.use(this.value);
    else if (!this.at(Token.NAME) && !this.at(Token.KEYWORD)) throw this.unexpected();
    this.next();
  }

  #index(): void {
    this.next();
    this.expression();
    this.expect("]");
  }

  #arguments(): void {
    this.next();
    while (!this.is(")")) {
      this.take("...");
      this.operand();
      if (!this.is(")")) this.expect(",");
    }
    this.next();
  }

  #template(): void {
    while (this.is("${")) {
      this.next();
      this.expression();
      if (!this.is("}")) throw this.unexpected(' instead of "}"');
      this.readTemplateTail();
    }
    this.next();
  }

  #primary(noIn: boolean): number {
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
        this.#template();
        return Kind.OTHER;
      case Token.PRIVATE:
        this.#property();
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
    this.lastUse = this.scopes.use(this.value);
    this.next();
    if (!this.is("=>") || this.newlineBefore) return Kind.NAME;
    this.targets.push(this.lastUse);
    return this.#arrow(this.lastUse, this.targets.length - 1, isAsync, noIn);
  }

  /** Reads what begins with `async`: a function, an arrow function, or something with that name. */
  #async(noIn: boolean): number {
    const isName = this.peek(() => this.newlineBefore || !(this.at(Token.NAME) || /^\(|function$/.test(this.value)));
    if (isName || this.peek(() => this.at(Token.NAME) && this.peek(() => !this.is("=>")))) return this.#name(noIn);
    this.next();
    if (this.is("(")) return this.#parentheses(noIn, true);
    if (this.at(Token.NAME)) return this.#name(noIn, true);
    this.functionExpression(Method.ASYNC);
    return Kind.OTHER;
  }

  #keyword(): number {
    const { scopes } = this;
    const word = this.value;
    switch (word) {
      case "function":
        this.functionExpression(Method.PLAIN);
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
    if (!this.take(".")) return this.#subscripts(false) === Kind.MEMBER ? Kind.MEMBER : Kind.OTHER;
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
    const literal = this.at(Token.STRING) || this.is("`") ? this.source.slice(this.start, this.end) : undefined;
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
    let isList = false;
    let isPattern = true;
    this.next();
    while (!this.is(")")) {
      isList = this.take("...");
      kind = this.#element();
      isPattern &&= kind === Kind.NAME || kind === Kind.PATTERN;
      count++;
      if (this.is(")")) break;
      this.expect(",");
      isList = true;
    }
    this.next();
    if (this.is("=>") && !this.newlineBefore) {
      if (!isPattern) throw this.unexpected();
      return this.#arrow(firstUse, mark, isAsync, noIn);
    }
    targets.length = mark;
    if (isAsync) scopes.use("async");
    // A brace is left to the reader of whole texts, for which this may be a method.
    else if ((count === 0 || (isList && count === 1)) && !this.is("{")) throw this.unexpected();
    return !isAsync && count === 1 && kind !== Kind.PATTERN && kind !== Kind.ARROW ? kind : Kind.OTHER;
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
  #element(): number {
    const kind = this.assignment();
    if (kind === Kind.NAME) this.targets.push(this.lastUse);
    return kind;
  }

  #array(): number {
    this.next();
    while (!this.is("]")) {
      if (this.take(",")) continue;
      this.take("...");
      this.#element();
      if (!this.is("]")) this.expect(",");
    }
    this.next();
    return Kind.PATTERN;
  }

  #object(): number {
    this.next();
    while (!this.is("}")) {
      if (this.take("...")) this.#element();
      else this.#entry();
      if (!this.is("}")) this.expect(",");
    }
    this.next();
    return Kind.PATTERN;
  }

  #entry(): void {
    const method = this.memberHead();
    const { key } = this;
    if (this.is("(")) this.functionRest(Provides.METHOD, method);
    else if (method !== Method.PLAIN) throw this.unexpected();
    else if (this.take(":")) this.#element();
    else {
      if (key.type !== Token.NAME) throw this.unexpected();
      this.targets.push(this.scopes.use(key.value));
      if (this.take("=")) this.operand();
    }
  }

  /** Reads the key of a member and the words before it, and says what they make of it. */
  protected memberHead(): number {
    const word = this.value;
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
      this.key = { type, value: "[", start, end: this.lastEnd };
    }
    return method;
  }

  #plainKey(): void {
    const { type, value, start, end } = this;
    this.key = { type, value, start, end };
    this.next();
  }

  /** Whether a key may begin here. */
  protected beginsKey(): boolean {
    return (this.type >= Token.NAME && this.type <= Token.STRING) || this.is("[");
  }

  /** Reads a function from the word on, and gives the bits of `Use` that it provided itself. */
  protected functionExpression(method: number): number {
    this.next();
    if (this.take("*")) method |= Method.GENERATOR;
    const name = this.at(Token.NAME) ? this.value : undefined;
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
      this.scopes.declare(this.value, hoisted);
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
    this.scopes.declare(key.value, hoisted);
    if (this.take("=")) this.operand();
  }

  /** Reads a class from the word on. */
  protected classExpression(): void {
    this.next();
    const { scopes } = this;
    scopes.open(Provides.NOTHING);
    if (this.at(Token.NAME)) {
      scopes.declare(this.value);
      this.next();
    }
    if (this.take("extends")) {
      const mark = this.targets.length;
      this.#subscripts(false);
      this.targets.length = mark;
    }
    this.expect("{");
    while (!this.is("}")) if (!this.take(";")) this.#classElement();
    this.next();
    scopes.close();
  }

  #classElement(): void {
    const { scopes, inAsync, inGenerator } = this;
    let method: number = Method.PLAIN;
    if (this.isWord("static")) {
      this.#plainKey();
      if (this.is("{")) return this.#ownScope(() => this.block());
      if (this.beginsKey() || this.is("*")) method = this.memberHead();
    } else method = this.memberHead();
    if (this.key.type === Token.PRIVATE) scopes.declare(this.key.value);
    if (this.is("(")) {
      this.functionRest(Provides.METHOD, method);
      return;
    }
    if (method !== Method.PLAIN) throw this.unexpected();
    if (this.take("=")) this.#ownScope(() => void this.operand());
    this.semicolon();
    void inAsync, inGenerator;
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

const NO_KEY = { type: 0, value: "", start: 0, end: 0 };
