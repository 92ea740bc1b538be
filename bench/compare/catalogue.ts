/**
 * All comparisons, in the order in which `all` runs them.
 *
 * @module
 */

import { autocorrelation } from "./autocorrelation.ts";
import type { Comparison } from "./comparison.ts";
import { determinants } from "./determinants.ts";
import { dispatch } from "./dispatch.ts";
import { fft2 } from "./fft2.ts";
import { sharing } from "./sharing.ts";

/** The comparisons. */
export const COMPARISONS: readonly Comparison[] = [autocorrelation, fft2, determinants, sharing, dispatch];
