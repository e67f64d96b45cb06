// A position whose accuracy has settled: good enough, no longer improving, or the best within ten seconds.
const PATIENCE_MS = 10_000;
const GOOD_M = 10;
const STILL = 3; // so many measurements without a better one

/** The best position that the phone gave; `onProgress` is told each one's accuracy in whole metres. Rejects with what the browser said. */
export function settle(onProgress) {
  return new Promise((resolve, reject) => {
    let best = null;
    let still = 0;
    const finish = (error) => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      if (best) resolve(best);
      else reject(error ?? { code: 3 });
    };
    const timer = setTimeout(finish, PATIENCE_MS);
    const watch = navigator.geolocation.watchPosition(
      (position) => {
        // Of equals the newer: the verdict wants a fix of the last half minute.
        const better = !best || position.coords.accuracy < best.coords.accuracy * 0.9;
        still = better ? 0 : still + 1;
        if (!best || position.coords.accuracy <= best.coords.accuracy) best = position;
        onProgress(Math.round(position.coords.accuracy));
        if (best.coords.accuracy <= GOOD_M || still >= STILL) finish();
      },
      (error) => {
        if (error.code === 1 || !best) finish(error);
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: PATIENCE_MS },
    );
  });
}
