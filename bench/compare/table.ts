/**
 * Tables, for a terminal and in Markdown.
 *
 * @module
 */

/** A column. */
export interface Column {
  /** What stands above it. */
  readonly title: string;
  /** Where its cells stand; numbers stand right. */
  readonly align: "left" | "right";
}

/** Lines of a table for a terminal; a rule stands below the titles, and before each row that begins a group. */
export function plainTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(...[title, ...rows.map((row) => row[i])].map(lengthOf))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => {
      const space = " ".repeat(widths[i] - lengthOf(cell));
      return columns[i].align === "left" ? cell + space : space + cell;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)];
}

/** Lines of a table in Markdown, padded as a formatter would. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = columns.map(({ title }, i) =>
    Math.max(3, ...[title, ...escaped.map((row) => row[i])].map(lengthOf))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, i) => {
        const space = " ".repeat(widths[i] - lengthOf(cell));
        return columns[i].align === "left" ? cell + space : space + cell;
      }).join(" | ")
    } |`;
  const rule = columns.map(({ align }, i) =>
    align === "left" ? "-".repeat(widths[i]) : "-".repeat(widths[i] - 1) + ":"
  );
  return [line(columns.map(({ title }) => title)), `| ${rule.join(" | ")} |`, ...escaped.map(line)];
}

/** Characters, as far as a terminal is concerned: what is used here is one column wide. */
function lengthOf(text: string): number {
  return [...text].length;
}
