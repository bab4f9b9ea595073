// How long a test waits for what has no figure of its own.

/** Another user of the machine may hold both cores for many seconds. What takes this long never comes. */
export const PATIENCE_MS = 45_000;

/**
 * How long to wait for what a person expects within `ms`. It only ends the wait for what never comes: four
 * browsers take all of a small machine, so the time is judged by the figures that are printed, and by bench/.
 */
export const patience = (ms) => Math.max(PATIENCE_MS, 3 * ms);
