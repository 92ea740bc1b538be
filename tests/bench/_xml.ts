/**
 * A small XML reader that takes no nonsense: what it reads is well formed, as far as figures use XML.
 *
 * @module
 */

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (XmlElement | string)[];
}

const TOKEN = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([A-Za-z][\w:-]*)="([^"]*)"/g;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** Reads a document; throws where it is not well formed. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: "", attributes: new Map(), children: [] }, open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex, match = TOKEN.exec(source);
    if (!match) throw new Error(`Not well formed at ${at}: ${source.slice(at, at + 40)}`);
    const [, closing, name, attributes, empty, text] = match;
    if (text !== undefined) {
      open.at(-1)!.children.push(unescaped(text));
    } else if (closing) {
      if (open.pop()!.name !== name || open.length === 0) throw new Error(`Unexpected </${name}> at ${at}`);
    } else {
      const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key, value]) =>
        [key, unescaped(value)] as const
      );
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
        throw new Error(`An attribute twice at ${at}`);
      }
      const element: XmlElement = { name, attributes: new Map(pairs), children: [] };
      open.at(-1)!.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const elements = root.children.filter((child) => typeof child !== "string");
  if (open.length !== 1 || elements.length !== 1) {
    throw new Error("There must be one element, and it must end");
  }
  return elements[0];
}

/** All elements of a name, at any depth. */
export function find(element: XmlElement, name: string): XmlElement[] {
  const below = element.children.flatMap((child) => typeof child === "string" ? [] : find(child, name));
  return element.name === name ? [element, ...below] : below;
}

/** The text of an element. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => typeof child === "string" ? child : textOf(child)).join("");
}

function unescaped(text: string): string {
  return text.replaceAll(/&([^;\s]*;?)/g, (entity, name: string) => {
    const char = ENTITIES[name.slice(0, -1)];
    if (!char || !name.endsWith(";")) throw new Error(`Unknown entity "${entity}"`);
    return char;
  });
}
