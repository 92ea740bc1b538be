/** Names a value in an error message: short, and never its whole contents. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name ? `the function ${value.name}` : "a function";
    case "object": {
      if (value === null) return "null";
      const name: unknown = value.constructor?.name;
      return typeof name === "string" && name !== "" && name !== "Object"
        ? `an object of ${name}`
        : "an object";
    }
    default:
      return String(value);
  }
}
