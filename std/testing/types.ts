/**
 * The names of `@std/testing/types`, for checkouts that cannot reach the JSR registry: what a type is, asserted
 * while the program is checked. Nothing happens when it runs.
 *
 * @module
 */

/** Does not compile unless `T` is what `_expectTrue` says. */
export function assertType<T extends boolean>(_expectTrue: T): void {}

/** `true` if `T` and `U` are the same type. */
export type IsExact<T, U> = (<X>() => X extends T ? 1 : 2) extends (<X>() => X extends U ? 1 : 2) ? true
  : false;

/** `true` if `T` is `any`. */
export type IsAny<T> = 0 extends (1 & T) ? true : false;

/** `true` if `T` is `never`. */
export type IsNever<T> = [T] extends [never] ? true : false;

/** `true` if `T` is `unknown`. */
export type IsUnknown<T> = IsAny<T> extends true ? false : unknown extends T ? true : false;

/** `true` if `T` has `null` or `undefined` in it. */
export type IsNullable<T> = Extract<T, null | undefined> extends never ? false : true;

/** `true` if `U` is in the union `T`. */
export type Has<T, U> = IsAny<T> extends true ? true
  : IsAny<U> extends true ? false
  : Extract<T, U> extends never ? false
  : true;

/** `true` if `U` is not in the union `T`. */
export type NotHas<T, U> = Has<T, U> extends true ? false : true;
