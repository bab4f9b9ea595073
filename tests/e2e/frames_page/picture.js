// What a video element shows.

/** The colours of its left and right half; null without a picture. */
export function coloursOf(video) {
  if (!video || video.readyState < 2 || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const c = canvas.getContext('2d', { willReadFrequently: true });
  c.drawImage(video, 0, 0, 32, 18);
  const at = (x) => [...c.getImageData(x, 9, 1, 1).data].slice(0, 3);
  return { left: at(6), right: at(25) };
}

/** The times between pictures, in ms. */
export async function gapsOf(video, ms) {
  const times = [];
  const onFrame = (now) => {
    times.push(now);
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return times.slice(1).map((time, index) => time - times[index]);
}
