/**
 * Values in a few words, for figures: what they are, not all that is in them. Nothing of theirs is called.
 *
 * @module
 */

const MOST = 80, MOST_STRING = 24, MOST_MEMBERS = 4, MOST_DEPTH = 2;

/** A list of arguments in at most 80 characters; `names` are the texts of objects that stand for others. */
export function shortenArgs(
  args: readonly unknown[],
  names: ReadonlyMap<object, string> = new Map(),
): string {
  let text;
  try {
    text = members(args.length, (i) => shorten(args[i], 0, names), MOST_MEMBERS);
  } catch {
    return "…"; // a proxy that will not be looked at
  }
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}

function shorten(value: unknown, depth: number, names: ReadonlyMap<object, string>): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > MOST_STRING ? `${value.slice(0, MOST_STRING - 1)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `function ${ownText(value, "name")}`.trim();
    case "object":
      return value === null ? "null" : names.get(value) ?? object(value, depth, names);
    default:
      return String(value);
  }
}

function object(value: object, depth: number, names: ReadonlyMap<object, string>): string {
  const name = classOf(value);
  if (Array.isArray(value)) {
    if (depth === MOST_DEPTH) return `Array(${value.length})`;
    return `[${members(value.length, (i) => shorten(own(value, i), depth + 1, names), MOST_MEMBERS)}]`;
  }
  if (ArrayBuffer.isView(value)) {
    return value instanceof DataView ? name : `${name}(${(value as Uint8Array).length})`;
  }
  if (value instanceof Map || value instanceof Set) return `${name}(${value.size})`;
  if (value instanceof Date) return Number.isNaN(+value) ? "Invalid Date" : value.toISOString();
  if (value instanceof Error) return `${name}: ${shorten(ownText(value, "message"), depth, names)}`;
  const shape = own(value, "shape");
  if (name && Array.isArray(shape)) return `${name}(${shape.join(", ")})`;
  if (name) return name;
  const keys = Object.keys(value);
  if (depth === MOST_DEPTH) return keys.length ? "{…}" : "{}";
  const inner = members(
    keys.length,
    (i) => `${keys[i]}: ${shorten(own(value, keys[i]), depth + 1, names)}`,
    MOST_MEMBERS,
  );
  return inner ? `{ ${inner} }` : "{}";
}

/** The first members, and how many more there are. */
function members(count: number, text: (i: number) => string, most: number): string {
  const shown = Array.from({ length: Math.min(count, most) }, (_, i) => text(i));
  if (count > most) shown.push(`… ${count - most} more`);
  return shown.join(", ");
}

/** The name of an object's class; nothing for a plain one. */
function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "";
  const maker = own(prototype, "constructor");
  return typeof maker === "function" ? ownText(maker, "name") : "";
}

/** A property that is the object's own, without calling a getter. */
function own(value: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function ownText(value: object, key: PropertyKey): string {
  const text = own(value, key);
  return typeof text === "string" ? text : "";
}
