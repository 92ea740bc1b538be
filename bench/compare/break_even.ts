/**
 * From which size on one variant is faster than another, read off the measured curves.
 *
 * @module
 */

/** A measured point: a size and a time. */
export interface CurvePoint {
  /** The size. */
  readonly x: number;
  /** The time. */
  readonly y: number;
}

/** Where a curve stays below another. */
export type BreakEven =
  /** From this point on, between two sizes that were measured. */
  | { readonly kind: "crossing"; readonly x: number; readonly y: number }
  /** At every size that was measured. */
  | { readonly kind: "always"; readonly x: number; readonly y: number }
  /** Not at the greatest size. */
  | { readonly kind: "never" };

/**
 * Finds the size from which on `curve` lies below `baseline`, as far as both were measured.
 *
 * Between two sizes both curves are taken for straight lines over logarithms, as they are drawn. Where the curves
 * cross more than once, the last crossing counts. `undefined`: no size was measured for both.
 */
export function breakEven(
  curve: readonly CurvePoint[],
  baseline: readonly CurvePoint[],
): BreakEven | undefined {
  const rivals = new Map(baseline.map(({ x, y }) => [x, y]));
  const common = curve.filter(({ x }) => rivals.has(x)).toSorted((a, b) => a.x - b.x);
  if (common.length === 0) return undefined;
  const lead = ({ x, y }: CurvePoint) => Math.log(rivals.get(x)! / y); // above 0: the curve is faster
  const lost = common.findLastIndex((point) => lead(point) <= 0);
  if (lost === common.length - 1) return { kind: "never" };
  if (lost < 0) return { kind: "always", ...common[0] };
  const from = common[lost], to = common[lost + 1];
  const share = lead(from) / (lead(from) - lead(to));
  const between = (a: number, b: number) => a * (b / a) ** share;
  return { kind: "crossing", x: between(from.x, to.x), y: between(from.y, to.y) };
}
