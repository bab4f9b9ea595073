// For how long the picture or the sound of one of the others stood still at most, as a page notes it.

/** Notes in the page, until it is asked. How many others are seen. */
export const watch = (person) => person.evaluate(() => {
  const others = () => [...document.querySelectorAll('[data-person]:not([data-self="true"]) video')];
  // Of each receiver that is open, the moment of what was played last: what cannot be decrypted is never played.
  const heard = () => globalThis.__probe.connections.filter((each) => each.connectionState === 'connected')
    .flatMap((each) => each.getReceivers()).filter(({ track }) => track.kind === 'audio')
    .flatMap((each) => each.getSynchronizationSources()).map(({ timestamp }) => timestamp).sort((a, b) => b - a);
  const watched = { picture: 0, sound: 0 };
  const pictures = new Map();
  let [latest, at] = [0, performance.now()];
  globalThis.__watched = watched;
  const look = () => {
    const now = performance.now();
    for (const video of others()) {
      const id = video.closest('[data-person]').dataset.person;
      const { totalVideoFrames } = video.getVideoPlaybackQuality();
      const { frames, since = now } = pictures.get(id) ?? {};
      if (frames !== totalVideoFrames) pictures.set(id, { frames: totalVideoFrames, since: now });
      watched.picture = Math.max(watched.picture, now - since);
    }
    // Whoever is silent stays behind the one who was heard last; if all are, that one stands still.
    const all = heard();
    if (all[0] !== latest) [latest, at] = [all[0], now];
    const behind = latest - (all[watched.others - 1] ?? all.at(-1));
    watched.sound = Math.max(watched.sound, now - at + behind);
  };
  watched.others = others().length;
  look();
  Object.assign(watched, { picture: 0, sound: 0, timer: setInterval(look, 20) });
  return watched.others;
});

/** Somebody has left: so many others are seen and heard from now on. */
export const watchFewer = (person, count) => person.evaluate((others) => void (globalThis.__watched.others = others), count);

/** { picture, sound } in ms */
export const stoodStill = (person) => person.evaluate(() => {
  const { timer, picture, sound } = globalThis.__watched;
  clearInterval(timer);
  return { picture: Math.round(picture), sound: Math.round(sound) };
});
