// For how long the picture and the sound of the others stood still at most, as a page notes it.

/** Notes in the page, until it is asked. How many pictures of others there are. */
export const watch = (person) => person.evaluate(() => {
  const others = () => [...document.querySelectorAll('[data-person]:not([data-self="true"]) video')];
  const pictures = () => others().map((video) => `${video.currentTime} ${video.getVideoPlaybackQuality().totalVideoFrames}`).join();
  // Of each receiver that is open, the moment of what was played last: what cannot be decrypted is never played.
  const heard = () => globalThis.__probe.connections.filter((each) => each.connectionState === 'connected')
    .flatMap((each) => each.getReceivers()).filter(({ track }) => track.kind === 'audio')
    .flatMap((each) => each.getSynchronizationSources()).reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
  const begun = performance.now();
  const watched = { picture: { most: 0, at: begun, last: '' }, sound: { most: 0, at: begun, last: 0 } };
  globalThis.__watched = watched;
  const note = (of, present, now) => {
    if (present !== of.last) [of.at, of.last] = [now, present];
    of.most = Math.max(of.most, now - of.at);
  };
  watched.timer = setInterval(() => {
    const now = performance.now();
    note(watched.picture, pictures(), now);
    note(watched.sound, heard(), now);
  }, 20);
  return others().length;
});

/** { picture, sound } in ms */
export const stoodStill = (person) => person.evaluate(() => {
  const { timer, picture, sound } = globalThis.__watched;
  clearInterval(timer);
  return { picture: Math.round(picture.most), sound: Math.round(sound.most) };
});
