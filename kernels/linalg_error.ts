/**
 * The error of linear algebra.
 *
 * @module
 */

/** A matrix is singular: it has no inverse, and its equations no single solution. */
export class LinAlgError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "LinAlgError";
  /** Where in the stack the matrix is, by its leading axes; the first one if there are several. */
  readonly index: readonly number[];
  /**
   * Makes the error.
   *
   * @param message What was tried.
   * @param index Where in the stack the matrix is.
   */
  constructor(message: string, index: readonly number[]) {
    super(message);
    this.index = index;
  }
}
