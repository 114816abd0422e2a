/** A clock that is off by less is one that is corrected while it runs. */
const leastJumpMs = 5000;

/**
 * Tells by how many milliseconds the clock that says `now` was set, forwards or backwards, since it was last asked; 0 when
 * it only went on. A machine that slept looks like one whose clock was set: nothing ran on it meanwhile.
 */
export function watchClock(begin: number, steady = (): number => performance.now()): (now: number) => number {
  let before = begin - steady();
  return (now) => {
    const difference = now - steady();
    const jumped = Math.round(difference - before);
    before = difference;
    return Math.abs(jumped) < leastJumpMs ? 0 : jumped;
  };
}
