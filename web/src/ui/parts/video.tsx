// One <video> for one source. Everything about its stream happens behind the port; drawing again
// never touches it. Sound does not come from here.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { usePort } from '../port';

export interface VideoProps {
  /** mid of a slot, or 'self' */
  readonly source: string;
  readonly isMirrored: boolean;
}

export function Video({ source, isMirrored }: VideoProps): JSX.Element {
  const port = usePort();
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const element = video.current;
    return element === null ? undefined : port.attachVideo(source, element);
  }, [source]);

  // Until a picture is there the avatar behind shows through; an upright picture is not cut to a
  // wide tile.
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    const look = (): void => {
      element.toggleAttribute('data-live', element.videoWidth > 0);
      element.toggleAttribute('data-upright', element.videoHeight > element.videoWidth);
    };
    const events = ['loadeddata', 'resize', 'emptied'] as const;
    for (const name of events) element.addEventListener(name, look);
    look();
    return () => {
      for (const name of events) element.removeEventListener(name, look);
    };
  }, [source]);

  return (
    <video
      ref={video}
      class={isMirrored ? 'video video-mirrored' : 'video'}
      data-source={source}
      aria-hidden="true"
      tabIndex={-1}
      autoplay
      playsInline
      muted
      disablePictureInPicture
    />
  );
}
