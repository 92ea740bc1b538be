/** A module that says when it was loaded. */
(globalThis as { bequeathed?: boolean }).bequeathed = true;
