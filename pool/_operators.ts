/**
 * Reads operators: assignments, conditions, calls and what else joins operands. Builds no tree, only notes uses
 * and declarations of names. What may turn out to be parameters or a pattern is read as an expression first; the
 * names it may bind are kept aside until the next operator tells.
 *
 * @module
 */

import { Scopes } from "./_scope.ts";
import { Token, Tokenizer } from "./_tokens.ts";

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

const PREFIXES: ReadonlySet<string> = new Set(["!", "~", "+", "-", "typeof", "void", "delete"]);

/** The part of the parser that reads operators; the classes that extend it read what stands between these. */
export abstract class OperatorParser extends Tokenizer {
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
  /** Specifiers of `import()`, null for those that are not literals. */
  protected readonly dynamicImports: (string | null)[] = [];
  /** Whether there is an `import.meta`. */
  protected usesImportMeta = false;
  /** Whether there is a call of `eval` that sees the names around it. */
  protected usesEval = false;

  /** Reads an operand with nothing after it. */
  protected abstract primary(noIn: boolean): number;

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
    const kind = this.subscripts(noIn);
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
  protected subscripts(noIn = false): number {
    let kind = this.primary(noIn);
    if (kind === Kind.ARROW) return kind;
    let isEval = kind === Kind.NAME && this.scopes.names[this.lastUse] === "eval";
    for (;; isEval = false) {
      if (this.is("(")) {
        if (isEval) this.usesEval = true;
        this.#arguments();
        kind = Kind.OTHER;
      } else if (this.is(".")) {
        this.next();
        this.property();
        kind = Kind.MEMBER;
      } else if (this.is("[")) {
        this.#index();
        kind = Kind.MEMBER;
      } else if (this.is("?.")) {
        this.next();
        if (this.is("(")) this.#arguments();
        else if (this.is("[")) this.#index();
        else this.property();
        kind = Kind.OTHER;
      } else if (this.at(Token.TEMPLATE)) {
        this.template();
        kind = Kind.OTHER;
      } else return kind;
    }
  }

  /** Reads the name after a point, or a private name elsewhere. */
  protected property(): void {
    if (this.at(Token.PRIVATE)) this.scopes.use(this.name);
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

  /** Reads a template from its first piece on. */
  protected template(): void {
    while (this.is("${")) {
      this.next();
      this.expression();
      if (!this.is("}")) throw this.unexpected(' instead of "}"');
      this.readTemplateTail();
    }
    this.next();
  }
}
