/**
 * Splits JavaScript into tokens, one at a time. Whether a slash divides or begins a regular expression, and a
 * brace closes a block or continues a template, only the parser knows: it asks for these two to be read again.
 *
 * @module
 */

/** What a token is. Names that are words only in places (`async`, `of`, `let`) are names. */
export const Token = {
  END: 0,
  NAME: 1,
  KEYWORD: 2,
  PRIVATE: 3,
  NUMBER: 4,
  STRING: 5,
  /** A piece of a template: its value is "${" if an expression follows, else "`". */
  TEMPLATE: 6,
  PUNCTUATOR: 7,
  /** An operator that stands between two operands; some stand before one, too. */
  BINARY: 8,
  /** `=` and those that end with it and assign. */
  ASSIGN: 9,
} as const;

/** The words that are never names. A map, so that one string object stands for each word. */
const KEYWORDS: ReadonlyMap<string, string> = new Map(
  ("break case catch class const continue debugger default delete do else enum export extends false finally " +
    "for function if import in instanceof new null return super switch this throw true try typeof var void " +
    "while with").split(" ").map((word) => [word, word]),
);

/** By the code of their first character: the operators, longer ones first. */
const OPERATORS: readonly (readonly Operator[])[] = group({
  [Token.PUNCTUATOR]: "( ) [ ] { } ; , : ~ . ... ? ?. => ! ++ --",
  [Token.BINARY]: "+ - * / % ** == != === !== < > <= >= << >> >>> & | ^ && || ??",
  [Token.ASSIGN]: "= += -= *= /= %= **= <<= >>= >>>= &= |= ^= &&= ||= ??=",
});

const POINT = 46;
const SLASH = 47;
const STAR = 42;
const HASH = 35;
const QUOTE = 34;
const APOSTROPHE = 39;
const BACKTICK = 96;
const BACKSLASH = 92;
const DOLLAR = 36;

const NAME_START = 1;
const NAME_PART = 2;
const DIGIT = 4;
const KEYWORD_START = 8;

/** What the ASCII characters may be part of. */
const ASCII = new Uint8Array(128).map((_, code) => {
  const text = String.fromCharCode(code);
  if (/\d/.test(text)) return NAME_PART | DIGIT;
  if (/[bcdefinrstvw]/.test(text)) return NAME_PART | NAME_START | KEYWORD_START;
  return /[\w$]/.test(text) ? NAME_PART | NAME_START : 0;
});

const STARTS_NAME = /[\p{ID_Start}$_]/u;
const CONTINUES_NAME = /[\p{ID_Continue}$\u200c\u200d]/u;
const SPACE = /\p{Zs}/u;
const NUMBER =
  /0(?:[xX][\da-fA-F_]+|[oObB][\d_]+)n?|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?n?/y;
const ESCAPED_POINT = /\\u(?:([\da-fA-F]{4})|\{([\da-fA-F]+)\})/y;

/** A reader that stands at one token of its source. */
export class Tokenizer {
  /** The source text. */
  protected readonly source: string;
  /** One of `Token`. */
  protected type: number = Token.END;
  /** The operator or keyword; empty for others. Always one of few string objects, so that to compare is cheap. */
  protected value = "";
  /** The name, escapes resolved, with its `#` if private. What it is for other tokens means nothing. */
  protected name = "";
  /** Where the token begins. */
  protected start = 0;
  /** Where it ends. */
  protected end = 0;
  /** Where the token before it ended. */
  protected lastEnd = 0;
  /** Whether a line ended between the two. */
  protected newlineBefore = false;

  constructor(source: string) {
    this.source = source;
  }

  /** Goes on to the next token. */
  protected next(): void {
    this.lastEnd = this.end;
    this.#skipSpace();
    const { source, end: start } = this;
    this.start = start;
    const code = source.charCodeAt(start);
    if (code < 128) {
      const part = ASCII[code];
      if ((part & NAME_START) !== 0) this.#readName(code);
      else if ((part & DIGIT) !== 0) this.#readNumber();
      else if (code === QUOTE || code === APOSTROPHE) this.#readString(code);
      else if (code === BACKTICK) this.#readTemplate();
      else if (code === POINT && (ASCII[source.charCodeAt(start + 1)] & DIGIT) !== 0) this.#readNumber();
      else if (code === HASH) {
        this.end = start + 1;
        this.name = "#" + this.#name(true);
        this.#become(Token.PRIVATE, "");
      } else if (code === BACKSLASH) this.#readName(code);
      else this.#readOperator(code);
    } else if (code >= 128) this.#readName(code);
    else this.#become(Token.END, "", start);
  }

  /** Reads a regular expression that begins at this slash. */
  protected readRegExp(): void {
    const { source } = this;
    let inClass = false;
    for (let at = this.start + 1; at < source.length; at++) {
      const char = source[at];
      if (isBreak(source.charCodeAt(at))) break;
      if (char === "\\") at++;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if (char === "/" && !inClass) {
        this.end = at + 1;
        this.#name();
        return this.#become(Token.STRING, "");
      }
    }
    throw this.error("unterminated regular expression");
  }

  /** Reads the piece of a template that goes on at this brace. */
  protected readTemplateTail(): void {
    this.#readTemplate();
  }

  /** What `look` finds at the tokens after this one; the reader stays where it is. */
  protected peek(look: () => boolean): boolean {
    const { type, value, name, start, end, lastEnd, newlineBefore } = this;
    this.next();
    const found = look();
    this.#become(type, value, end);
    this.name = name;
    this.start = start;
    this.lastEnd = lastEnd;
    this.newlineBefore = newlineBefore;
    return found;
  }

  /** Whether the token is of this type. */
  protected at(type: number): boolean {
    return this.type === type;
  }

  /** Whether the token is this operator or keyword. */
  protected is(text: string): boolean {
    return this.value === text;
  }

  /** Whether the token is this contextual word, spelled without escapes. */
  protected isWord(word: string): boolean {
    return this.type === Token.NAME && this.end - this.start === word.length && this.name === word;
  }

  /** Goes past this operator or keyword if the token is one. */
  protected take(text: string): boolean {
    if (this.value !== text) return false;
    this.next();
    return true;
  }

  /** Goes past this operator or keyword. */
  protected expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(` instead of "${text}"`);
  }

  /** Goes past the end of a statement, written or implied. */
  protected semicolon(): void {
    if (this.take(";") || this.newlineBefore || this.is("}") || this.type === Token.END) return;
    throw this.unexpected();
  }

  /** The error to throw at a token that cannot stand here. */
  protected unexpected(instead = ""): SyntaxError {
    const text = this.source.slice(this.start, Math.min(this.end, this.start + 30));
    return this.error(`unexpected ${this.type === Token.END ? "end" : JSON.stringify(text)}${instead}`);
  }

  /** The error to throw for what is wrong at this place, by default that of the token. */
  protected error(what: string, at: number = this.start): SyntaxError {
    const lines = this.source.slice(0, at).split("\n");
    const place = `line ${lines.length}, column ${lines[lines.length - 1].length + 1} (position ${at})`;
    return new SyntaxError(`Cannot read the function at ${place}: ${what}`);
  }

  #become(type: number, value: string, end: number = this.end): void {
    this.type = type;
    this.value = value;
    this.end = end;
  }

  #skipSpace(): void {
    const { source } = this;
    let at = this.end;
    this.newlineBefore = false;
    for (;; at++) {
      const code = source.charCodeAt(at);
      if (code === 32 || (code >= 9 && code <= 13)) {
        if (code === 10 || code === 13) this.newlineBefore = true;
      } else if (code === SLASH) {
        const next = source.charCodeAt(at + 1);
        if (next !== SLASH && next !== STAR) break;
        at = next === SLASH ? this.#endOfLine(at) - 1 : this.#endOfComment(at) - 1;
      } else if (code === 0x2028 || code === 0x2029) this.newlineBefore = true;
      else if (!(code >= 128) || (code !== 0xfeff && !SPACE.test(source[at]))) break;
    }
    this.end = at;
  }

  #endOfLine(at: number): number {
    while (at < this.source.length && !isBreak(this.source.charCodeAt(at))) at++;
    return at;
  }

  #endOfComment(at: number): number {
    const close = this.source.indexOf("*/", at + 2);
    if (close < 0) throw this.error("unterminated comment", at);
    for (let i = at; i < close && !this.newlineBefore; i++) {
      this.newlineBefore = isBreak(this.source.charCodeAt(i));
    }
    return close + 2;
  }

  #readName(first: number): void {
    const { source, start } = this;
    let end = start;
    let code = first;
    while (code < 128 && (ASCII[code] & NAME_PART) !== 0) code = source.charCodeAt(++end);
    if (code >= 128 || code === BACKSLASH) {
      this.name = this.#name(true);
      return this.#become(Token.NAME, "");
    }
    this.name = source.slice(start, end);
    const maybe = (ASCII[first] & KEYWORD_START) !== 0 && end - start > 1;
    const keyword = maybe ? KEYWORDS.get(this.name) : undefined;
    this.#become(keyword === undefined ? Token.NAME : Token.KEYWORD, keyword ?? "", end);
  }

  /** Goes past the name that begins at `end`, and gives it with its escapes resolved. */
  #name(required = false): string {
    const { source } = this;
    let name = "";
    for (;;) {
      let point = source.codePointAt(this.end) ?? 0;
      let length = point > 0xffff ? 2 : 1;
      if (point === BACKSLASH) {
        ESCAPED_POINT.lastIndex = this.end;
        const match = ESCAPED_POINT.exec(source);
        if (match === null) throw this.error("unexpected backslash", this.end);
        point = parseInt(match[1] ?? match[2], 16);
        length = match[0].length;
        if (point > 0x10ffff) throw this.error("escape beyond Unicode", this.end);
      }
      const text = String.fromCodePoint(point);
      if (!(name === "" ? STARTS_NAME : CONTINUES_NAME).test(text)) {
        if (length > 2 || (required && name === "")) throw this.error("unexpected character", this.end);
        return name;
      }
      name += text;
      this.end += length;
    }
  }

  #readNumber(): void {
    NUMBER.lastIndex = this.start;
    NUMBER.test(this.source);
    const end = NUMBER.lastIndex;
    const code = this.source.charCodeAt(end);
    if (ASCII[code] & NAME_PART) throw this.error("malformed number");
    this.#become(Token.NUMBER, "", end);
  }

  #readString(quote: number): void {
    const { source } = this;
    for (let at = this.start + 1;; at++) {
      const code = source.charCodeAt(at);
      if (code === quote) return this.#become(Token.STRING, "", at + 1);
      if (code === BACKSLASH) at += source.startsWith("\r\n", at + 1) ? 2 : 1;
      else if (code !== code || code === 10 || code === 13) throw this.error("unterminated string");
    }
  }

  /** Reads a piece of a template, from the backtick or brace at `start`. */
  #readTemplate(): void {
    const { source } = this;
    for (let at = this.start + 1;; at++) {
      const code = source.charCodeAt(at);
      if (code === BACKTICK) return this.#become(Token.TEMPLATE, "`", at + 1);
      if (code === DOLLAR && source[at + 1] === "{") return this.#become(Token.TEMPLATE, "${", at + 2);
      if (code === BACKSLASH) at++;
      else if (code !== code) throw this.error("unterminated template");
    }
  }

  #readOperator(code: number): void {
    const { source, start } = this;
    const operators = OPERATORS[code] ?? [];
    for (let i = 0; i < operators.length; i++) {
      const { text, type } = operators[i];
      if (text.length > 1 && !source.startsWith(text, start)) continue;
      // In `a?.5:b` the point belongs to the number.
      if (text === "?." && (ASCII[source.charCodeAt(start + 2)] & DIGIT) !== 0) continue;
      return this.#become(type, text, start + text.length);
    }
    throw this.error("unexpected character");
  }
}

interface Operator {
  readonly text: string;
  readonly type: number;
}

/** Sorts space-separated operators of each type by their first characters. */
function group(operators: Record<number, string>): Operator[][] {
  const groups: Operator[][] = Array.from({ length: 128 }, () => []);
  for (const [type, texts] of Object.entries(operators)) {
    for (const text of texts.split(" ")) groups[text.charCodeAt(0)].push({ text, type: Number(type) });
  }
  for (const group of groups) group.sort((a, b) => b.text.length - a.text.length);
  return groups;
}

/** Whether this ends a line. */
function isBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

/** The text that a string literal, or a template without expressions, stands for. */
export function cook(literal: string): string {
  const escape = /\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|\r\n|([^]))/g;
  const controls: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", 0: "\0" };
  return literal.slice(1, -1).replace(escape, (_, braced, four, two, char) => {
    const hex = braced ?? four ?? two;
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    return char === undefined || isBreak(char.charCodeAt(0)) ? "" : controls[char] ?? char;
  });
}
