// For how long the picture or the sound of one of the others stood still at most, as a page notes it.

/** Notes in the page, until it is asked. How many others are seen. */
export const watch = (person) => person.evaluate((countsFrames) => {
  const others = () => [...document.querySelectorAll('[data-person]:not([data-self="true"]) video')];
  // Of each receiver that is open, the moment of what was played last: what cannot be decrypted is never played.
  const played = (kind) => globalThis.__probe.connections.filter((each) => each.connectionState === 'connected')
    .flatMap((each) => each.getReceivers()).filter(({ track }) => track.kind === kind)
    .flatMap((each) => each.getSynchronizationSources()).map(({ timestamp }) => timestamp).sort((a, b) => b - a);
  const watched = { picture: 0, sound: 0 };
  const latest = { audio: { at: performance.now() }, video: { at: performance.now() } };
  const frames = new Map();
  globalThis.__watched = watched;
  // Whoever stands still stays behind the one who came last; if all do, that one does not move.
  const still = (kind, now) => {
    const all = played(kind);
    if (all[0] !== latest[kind].last) latest[kind] = { last: all[0], at: now };
    return now - latest[kind].at + all[0] - (all[watched.others - 1] ?? all.at(-1));
  };
  const stillFrame = (video, now) => {
    const id = video.closest('[data-person]').dataset.person;
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    const { count, since = now } = frames.get(id) ?? {};
    if (count !== totalVideoFrames) frames.set(id, { count: totalVideoFrames, since: now });
    return now - since;
  };
  const look = () => {
    const now = performance.now();
    const pictures = countsFrames ? others().map((video) => stillFrame(video, now)) : [still('video', now)];
    watched.picture = Math.max(watched.picture, ...pictures);
    watched.sound = Math.max(watched.sound, still('audio', now));
  };
  watched.others = others().length;
  look();
  Object.assign(watched, { picture: 0, sound: 0, timer: setInterval(look, 20) });
  return watched.others;
}, person.kind === 'chromium'); // Firefox counts no frames of a stream

/** Somebody has left: so many others are seen and heard from now on. */
export const watchFewer = (person, count) => person.evaluate((others) => void (globalThis.__watched.others = others), count);

/** { picture, sound } in ms */
export const stoodStill = (person) => person.evaluate(() => {
  const { timer, picture, sound } = globalThis.__watched;
  clearInterval(timer);
  return { picture: Math.round(picture), sound: Math.round(sound) };
});
