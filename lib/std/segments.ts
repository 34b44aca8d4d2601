/** Paths as data: what may stand in one without leading anywhere else. */

/** Whether a decoded value, put into a path, could climb out of its place: URLs resolve dot segments even when they are encoded. */
export function climbs(value: string): boolean {
  return value.split('/').some((part) => part === '' || part === '.' || part === '..');
}
